/* The one table of paths. */
#ifndef BO_API_ROUTES_H
#define BO_API_ROUTES_H

#include "http/router.h"

extern const struct bo_router bo_routes;

#endif
