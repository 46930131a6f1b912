/* A problem as the client sees it: RFC 9457 application/problem+json. The only reader of the status column. */
#ifndef BO_HTTP_PROBLEM_JSON_H
#define BO_HTTP_PROBLEM_JSON_H

#include "http/request.h"
#include "http/response.h"
#include "util/problem.h"

int bo_problem_status(enum bo_problem_code code);

/* Replaces whatever the response held, but its route and Allow. Cannot fail: where memory is out, the answer
 * is an OUT_OF_MEMORY problem made without any. */
void bo_problem_respond(const struct bo_problem *problem, const struct bo_request *request,
                        struct bo_response *response);

#endif
