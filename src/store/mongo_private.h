/* For the .c files of this folder alone: one MongoDB command at a time, with its reply judged in one place.
 *
 * All commands go through mongo_run: mongoc_client_command_with_opts with a server selected beforehand. The
 * function is the same in mongo-c-driver 1.23 and 2.x, adds none of the URI's read or write concerns, and never
 * retries. Transactions are driven by hand for the same reason: mongoc_client_session_commit_transaction sends a
 * commit twice by itself, which no deadline of ours could bound. */
#ifndef BO_STORE_MONGO_PRIVATE_H
#define BO_STORE_MONGO_PRIVATE_H

/* The driver's inline functions convert signs freely; ours do not. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include <mongoc/mongoc.h>
#pragma GCC diagnostic pop

#include "store/mongo.h"

/* An array whose keys "0", "1" ... are the caller's to count. Version 2 of the driver deprecates the older name. */
static inline bool mongo_array_begin(bson_t *parent, const char *key, bson_t *child) {
#ifdef BSON_APPEND_ARRAY_UNSAFE_BEGIN
  return bson_append_array_unsafe_begin(parent, key, -1, child);
#else
  return bson_append_array_begin(parent, key, -1, child);
#endif
}

/* What became of one command. */
enum mongo_outcome {
  MONGO_OK,        /* ok: 1, no write error, no write concern error */
  MONGO_LATE,      /* not sent: the deadline is past */
  MONGO_NO_SERVER, /* not sent: no primary could be selected */
  MONGO_NETWORK,   /* perhaps sent, no reply: the connection is dead, the outcome unknown */
  MONGO_ELECTION,  /* the server is no (longer) primary or shuts down; of a write: outcome unknown */
  MONGO_UNACKED,   /* done, but not acknowledged as asked (writeConcernError) */
  MONGO_TIMED_OUT, /* code 50 */
  MONGO_DUPLICATE, /* code 11000 */
  MONGO_CONFLICT,  /* inside a transaction: a rival's open transaction has it, or the server says TransientTransactionError */
  MONGO_REFUSED    /* any other no of the server */
};

struct mongo_reply {
  enum mongo_outcome outcome;
  int32_t code;    /* the server's; 0: none */
  bson_t doc;      /* always initialised by mongo_run; mongo_reply_free */
  char text[160];  /* for log and detail: never a document's content */
};

/* A logical session of the server. It is bound to the client that made it, and lost with it. */
struct mongo_session {
  mongoc_client_session_t *handle;
  int64_t txn_number; /* of the transaction in hand; 0: none */
  bool started;       /* its first statement was sent */
};

struct mongo_command {
  const char *db;             /* NULL: the database of the shows */
  const bson_t *body;         /* without maxTimeMS, concerns and session fields */
  const char *read_concern;   /* NULL: the server's default */
  bool majority;              /* w: majority, j: true, wtimeout */
  bool no_max_time;           /* getMore does not take it */
  struct mongo_session *session;
};

/* Cooldown, client, deployment: what every public call does first. */
bool mongo_begin(struct bo_mongo *mongo, const struct bo_deadline *deadline, struct bo_problem *problem) BO_MUST_CHECK;

/* One step: select the primary, run, judge. `reply->doc` must be freed by mongo_reply_free. */
void mongo_run(struct bo_mongo *mongo, const struct mongo_command *command, const struct bo_deadline *deadline,
               struct mongo_reply *reply);
void mongo_reply_free(struct mongo_reply *reply);

/* A read, tried again (three times in all, within the deadline) where the connection had died or the primary has
 * moved; but not where it must be answered by the server of the one before it (bo_mongo_stay). True: reply->doc is the
 * server's answer. False: problem is set. The caller frees the reply in both cases. */
bool mongo_read(struct bo_mongo *mongo, const struct mongo_command *command, const struct bo_deadline *deadline,
                struct mongo_reply *reply, struct bo_problem *problem) BO_MUST_CHECK;

/* The reply's outcome (not MONGO_OK) as a problem; starts the cooldown where the store is to blame. Returns false. */
bool mongo_fail(struct bo_mongo *mongo, const struct mongo_reply *reply, struct bo_problem *problem);

/* Drops the client: the next step makes a new one. No session of the old one may be used after it. */
void mongo_discard(struct bo_mongo *mongo);

/* Sleeps at most `ms`, never past the deadline. */
void mongo_pause(int64_t ms, const struct bo_deadline *deadline);

bool mongo_session_open(struct bo_mongo *mongo, struct mongo_session *session) BO_MUST_CHECK;
void mongo_session_close(struct mongo_session *session);
/* The next transaction of the session; an open one of before is aborted by the server when this one starts. */
void mongo_session_next_txn(struct bo_mongo *mongo, struct mongo_session *session);

const char *mongo_database(const struct bo_mongo *mongo);
bool mongo_was_right(const struct bo_mongo *mongo); /* has the deployment ever been found as it must be? */
mongoc_uri_t *mongo_copy_uri(const struct bo_mongo *mongo) BO_MUST_CHECK;

/* -- one write of several documents, or none of it (mongo_write.c): tried again until its outcome is definite or the time
 * is up; w: majority, j: true (doc/design.md, confirm 2) */

/* Made once and sent again as it is, _id included: so a second arrival of an insert is always E11000, never a second
 * document. */
struct mongo_statement {
  bson_t body;
  int64_t n; /* documents that it must find; 0: not looked at */
};

struct mongo_write {
  struct bo_mongo *mongo;
  const struct mongo_statement *statements;
  size_t n_statements;
  bool transaction; /* false: the one statement, which inserts one document, is the whole write */
  const char *what; /* for "MongoDB has not said whether ...": "the booking was stored" */
};

enum mongo_write_outcome {
  MONGO_WRITE_DONE,      /* acknowledged by a majority, with the journal */
  MONGO_WRITE_DUPLICATE, /* E11000: of a rival's documents, or of ours, by a try whose answer was lost */
  MONGO_WRITE_MISSED,    /* a statement found other than `n` documents: nothing was stored */
  MONGO_WRITE_REFUSED,   /* definitely nothing was stored; problem says why */
  MONGO_WRITE_UNKNOWN    /* may have been stored or may yet be; problem says OUTCOME_UNKNOWN */
};

/* After mongo_begin. */
enum mongo_write_outcome mongo_write(const struct mongo_write *write, const struct bo_deadline *deadline,
                                     struct bo_problem *problem) BO_MUST_CHECK;

/* The deployment itself, asked through mongo_run (deployment.c). */
bool mongo_deployment_check(struct bo_mongo *mongo, const struct bo_deadline *deadline,
                            struct bo_problem *problem) BO_MUST_CHECK;
/* Why no primary was found, asked of the first host directly: overwrites `problem` only with a better reason. */
void mongo_deployment_diagnose(struct bo_mongo *mongo, struct bo_problem *problem);

/* Iterates the first batch of a cursor reply: *batch is on the array; *cursor_id is 0 where that was all. `name`
 * is "firstBatch" or "nextBatch". False: not a cursor reply. */
bool mongo_batch(const bson_t *reply, const char *name, bson_iter_t *batch, int64_t *cursor_id) BO_MUST_CHECK;

/* The problem of a reply to find that is no list of documents, or not of such as were asked for. False. */
bool mongo_strange_answer(struct bo_problem *problem);

/* 24 hex digits that were checked by the caller. */
bool mongo_append_oid(bson_t *doc, const char *key, const char *hex) BO_MUST_CHECK;

#endif
