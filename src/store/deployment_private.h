/* For deployment.c, which looks at a deployment, and setup.c, which sets it up. */
#ifndef BO_STORE_DEPLOYMENT_PRIVATE_H
#define BO_STORE_DEPLOYMENT_PRIVATE_H

#include "store/mongo.h" /* the driver's types: the .c files include mongo_private.h first */

enum { DEPLOYMENT_DIAGNOSE_MS = 500 };

/* Those of `bookings` that we ask for. */
struct deployment_indexes {
  bool fence, by_id, by_user;
};

/* `found` is the verdict where the function returns true. */
bool deployment_find_indexes(struct bo_mongo *mongo, const struct bo_deadline *deadline, struct deployment_indexes *found,
                             struct bo_problem *problem) BO_MUST_CHECK;

/* Is it a replica set that is new enough? */
bool deployment_hello(struct bo_mongo *mongo, const struct bo_deadline *deadline, struct bo_problem *problem) BO_MUST_CHECK;

/* A connection to the first host alone, whatever its state. NULL: there is no such connection to be had (problem is not
 * touched). */
mongoc_client_t *deployment_direct_client(const struct bo_mongo *mongo, int32_t wait_ms) BO_MUST_CHECK;

/* Runs {<name>: <value>} on admin; the reply is initialised in every case. */
bool deployment_direct_run(mongoc_client_t *client, const bson_t *command, bson_t *reply, bson_error_t *error) BO_MUST_CHECK;
bool deployment_direct_hello(mongoc_client_t *client, bson_t *reply, bson_error_t *error) BO_MUST_CHECK;

#endif
