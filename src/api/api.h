/* The endpoints: each in a file of its name, all of one shape: parse -> one call on the box office -> render. */
#ifndef BO_API_API_H
#define BO_API_API_H

#include <stdbool.h>

#include "boxoffice/office.h"
#include "http/json_body.h"
#include "http/router.h"
#include "util/clock.h"
#include "util/config.h"

/* What a handler works with: the `context` of bo_handler. All borrowed but the deadline. */
struct bo_api {
  struct bo_office *office;
  const struct bo_config *config;
  struct bo_json_reader *reader;
  struct bo_deadline deadline; /* of the request in hand */
};

/* Each a bo_handler. */
bool bo_api_status(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                   struct bo_problem *problem);
bool bo_api_summary(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                    struct bo_problem *problem);
bool bo_api_shows(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                  struct bo_problem *problem);
bool bo_api_show(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                 struct bo_problem *problem);
bool bo_api_hold(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                 struct bo_problem *problem);
bool bo_api_extend(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                   struct bo_problem *problem);
bool bo_api_best_available(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                           struct bo_problem *problem);
bool bo_api_release(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                    struct bo_problem *problem);
bool bo_api_confirm(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                    struct bo_problem *problem);
bool bo_api_booking(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                    struct bo_problem *problem);
bool bo_api_cancel(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                   struct bo_problem *problem);
bool bo_api_metrics(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                    struct bo_problem *problem);
bool bo_api_live(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                 struct bo_problem *problem);
bool bo_api_ready(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                  struct bo_problem *problem);

#endif
