/* One worker's connection to MongoDB: made on first use, never shared between processes, replaced after it
 * failed. Every call is bounded (util/bounds.h) and by the request's deadline. libmongoc's types stay in
 * the .c files of this folder (mongo_private.h is for those alone). */
#ifndef BO_STORE_MONGO_H
#define BO_STORE_MONGO_H

#include <stdbool.h>
#include <stdint.h>

#include "util/clock.h"
#include "util/problem.h"

struct bo_mongo;

/* Once a process, after fork, and first of all in main: also where the program only prints its help, the driver has
 * made a file in /dev/shm as it was loaded, which this removes (MONGOC_DISABLE_SHM=1 in the environment avoids it). */
void bo_mongo_global_init(void);
void bo_mongo_global_cleanup(void);

/* Parses the URI (bounds that it leaves open are set by us; retryWrites is always off: our loops retry);
 * does not connect. `database` may be empty: the URI's, else "test". NULL: MISCONFIGURED or OUT_OF_MEMORY. */
struct bo_mongo *bo_mongo_new(const char *uri, const char *database, const char *app_name,
                              struct bo_problem *problem) BO_MUST_CHECK;
void bo_mongo_free(struct bo_mongo *mongo);

/* For programs with nobody waiting at a counter (boxoffice-seed): a command may take so long on the server, instead
 * of BO_MONGO_MAX_TIME_MS. Before the first use only. */
bool bo_mongo_set_patience(struct bo_mongo *mongo, int64_t command_ms) BO_MUST_CHECK;

/* What was waited for MongoDB since the last call of this (for the request's log line). */
struct bo_waits bo_mongo_take_waits(struct bo_mongo *mongo);

/* Reads that belong together, as a load's do: between the two every read is answered by one server through one client, or
 * fails. bo_mongo_leave says whether one failed since the primary had moved, or could not be reached any more by then:
 * begun again from the first, they may find another. */
void bo_mongo_stay(struct bo_mongo *mongo);
bool bo_mongo_leave(struct bo_mongo *mongo) BO_MUST_CHECK;

/* Is the deployment right? Primary of a replica set, MongoDB 5.0 or newer, unique index on
 * bookings {showId, seatNumber}, writeConcernMajorityJournalDefault. MISCONFIGURED with what to do, or
 * MONGO_UNAVAILABLE. Used by -t, /health/ready, and once by each new connection before its first use. */
bool bo_mongo_check(struct bo_mongo *mongo, const struct bo_deadline *deadline, struct bo_problem *problem) BO_MUST_CHECK;

#endif
