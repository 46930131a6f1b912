#include "api/routes.h"

#include "api/api.h"

static const struct bo_route routes[] = {
    {"status", "/status/{id}", BO_METHOD_GET, bo_api_status},
    {"summary", "/summary/{id}", BO_METHOD_GET, bo_api_summary},
    {"shows", "/shows", BO_METHOD_GET, bo_api_shows},
    {"show", "/shows/{id}", BO_METHOD_GET, bo_api_show},
    {"hold", "/hold", BO_METHOD_POST, bo_api_hold},
    {"extend", "/extend", BO_METHOD_POST, bo_api_extend},
    {"best", "/best-available", BO_METHOD_POST, bo_api_best_available},
    {"release", "/release", BO_METHOD_POST, bo_api_release},
    {"confirm", "/confirm", BO_METHOD_POST, bo_api_confirm},
    {"booking", "/bookings/{id}", BO_METHOD_GET, bo_api_booking},
    {"cancel", "/cancel", BO_METHOD_POST, bo_api_cancel},
    {"metrics", "/metrics", BO_METHOD_GET, bo_api_metrics},
    {"live", "/health/live", BO_METHOD_GET, bo_api_live},
    {"ready", "/health/ready", BO_METHOD_GET, bo_api_ready},
};

/* Below the prefix for clients of the Node program that this one replaces. */
const struct bo_router bo_routes = {
    .prefix = "/api/bookings", .routes = routes, .n_routes = sizeof(routes) / sizeof(routes[0])};
