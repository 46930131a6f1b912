#include "store/mongo_private.h"

#include <assert.h>
#include <unistd.h>

#include "util/bulkhead.h"

enum { CONFLICT_PAUSE_MIN_MS = 5, CONFLICT_PAUSE_MAX_MS = 50, RECONNECT_PAUSE_MS = 50, ABORT_MS = 500, ABORT_NEED_MS = 100, LOSSES_MAX = 4 };

/* What a write knows over its tries. */
struct tries {
  const struct mongo_write *write;
  struct bo_mongo *mongo;
  const struct bo_deadline *deadline;
  bool unknown; /* a try may have been stored, or may yet be */
  struct mongo_session session;
  int losses; /* connections lost in a row within the session */
  bool crowded; /* the bulkhead was full: no more tries */
};

static bool is_crowded(struct tries *tries) {
  tries->crowded = tries->crowded || !bo_bulkhead_admits(tries->deadline);
  return tries->crowded;
}

/* How a try went on. */
enum verdict { VERDICT_DONE, VERDICT_DUPLICATE, VERDICT_MISSED, VERDICT_REFUSED, VERDICT_AGAIN };

/* One document: its insert is the whole story. */
static enum verdict insert_single(struct tries *tries, struct mongo_reply *reply) {
  const struct mongo_command command = {.body = &tries->write->statements[0].body, .majority = true};
  mongo_run(tries->mongo, &command, tries->deadline, reply);
  switch (reply->outcome) {
  case MONGO_OK:
    return VERDICT_DONE;
  case MONGO_DUPLICATE:
    return VERDICT_DUPLICATE;
  case MONGO_NETWORK:
    mongo_discard(tries->mongo); /* a new connection: the driver would leave this server alone for 5 s */
    tries->unknown = true;
    return VERDICT_AGAIN;
  case MONGO_ELECTION: /* may have been stored and be on its way, or be rolled back */
  case MONGO_UNACKED:  /* stored: sent again it answers E11000, and a majority read tells */
    tries->unknown = true;
    return VERDICT_AGAIN;
  case MONGO_NO_SERVER:
    mongo_discard(tries->mongo);
    return tries->unknown ? VERDICT_AGAIN : VERDICT_REFUSED;
  case MONGO_LATE:
  case MONGO_TIMED_OUT: /* code 50: given up while it waited for a rival; it will not land later */
  case MONGO_CONFLICT:
  case MONGO_REFUSED:
    break;
  }
  return VERDICT_REFUSED;
}

static bool found_all(const struct mongo_statement *statement, const bson_t *reply) {
  bson_iter_t iter;
  return statement->n == 0 || (bson_iter_init_find(&iter, reply, "n") && bson_iter_as_int64(&iter) == statement->n);
}

/* A statement of a transaction, before its commit: whatever went wrong, nothing can be stored of it. */
static enum verdict txn_statement(struct tries *tries, const struct mongo_statement *statement,
                                  struct mongo_reply *reply) {
  const struct mongo_command command = {.body = &statement->body, .session = &tries->session};
  mongo_run(tries->mongo, &command, tries->deadline, reply);
  switch (reply->outcome) {
  case MONGO_OK:
    return found_all(statement, &reply->doc) ? VERDICT_DONE : VERDICT_MISSED;
  case MONGO_DUPLICATE:
    return VERDICT_DUPLICATE;
  case MONGO_CONFLICT:
  case MONGO_NETWORK:
  case MONGO_ELECTION:
  case MONGO_UNACKED:
    return VERDICT_AGAIN;
  case MONGO_NO_SERVER:
    return tries->unknown ? VERDICT_AGAIN : VERDICT_REFUSED;
  case MONGO_LATE:
  case MONGO_TIMED_OUT:
  case MONGO_REFUSED:
    break;
  }
  return VERDICT_REFUSED;
}

/* All statements, in their order; the reply is that of the last one sent. */
static enum verdict txn_statements(struct tries *tries, struct mongo_reply *reply) {
  const struct mongo_write *write = tries->write;
  mongo_session_next_txn(tries->mongo, &tries->session);
  enum verdict verdict = txn_statement(tries, &write->statements[0], reply);
  for (size_t i = 1; verdict == VERDICT_DONE && i < write->n_statements; i++) {
    mongo_reply_free(reply);
    verdict = txn_statement(tries, &write->statements[i], reply);
  }
  return verdict;
}

/* Counts lost connections. At first the server is asked again in the same session: there an open transaction can be
 * committed, which would otherwise keep its seats from everybody until the server's reaper comes. After several it is
 * gone: only a new client, with a new session, finds out where the primary is now. */
static bool session_lost(struct tries *tries, const struct mongo_reply *reply) {
  tries->losses = reply->outcome == MONGO_NETWORK ? tries->losses + 1 : 0;
  return tries->losses >= LOSSES_MAX || reply->outcome == MONGO_NO_SERVER;
}

static bool commit_unknown(const struct mongo_reply *reply) {
  return reply->outcome == MONGO_NETWORK || reply->outcome == MONGO_ELECTION || reply->outcome == MONGO_UNACKED ||
         reply->outcome == MONGO_TIMED_OUT;
}

static enum verdict judge_commit(struct tries *tries, const struct mongo_reply *reply) {
  switch (reply->outcome) {
  case MONGO_OK:
    return VERDICT_DONE;
  case MONGO_CONFLICT: /* aborted, or unknown to a new primary: nothing was stored, begin again */
  case MONGO_NETWORK:  /* the session is lost */
  case MONGO_NO_SERVER:
    return VERDICT_AGAIN;
  case MONGO_REFUSED: /* a no that we do not know: take nothing for granted */
    tries->unknown = true;
    break;
  default:
    break;
  }
  return VERDICT_REFUSED;
}

/* The commit, again and again in the same session (the server knows it by its number and does it once) until its
 * outcome is definite. VERDICT_AGAIN: begin again from the first statement. */
static enum verdict txn_commit(struct tries *tries, struct mongo_reply *reply) {
  bson_t body = BSON_INITIALIZER;
  struct mongo_command command = {.db = "admin", .body = &body, .majority = true, .session = &tries->session};
  bool again = BSON_APPEND_INT32(&body, "commitTransaction", 1);
  assert(again);
  while (again) {
    mongo_reply_free(reply);
    mongo_run(tries->mongo, &command, tries->deadline, reply);
    tries->unknown = tries->unknown || commit_unknown(reply);
    again = commit_unknown(reply) && !session_lost(tries, reply) && !is_crowded(tries);
    if (again) {
      mongo_pause(RECONNECT_PAUSE_MS, tries->deadline);
    }
  }
  bson_destroy(&body);
  return judge_commit(tries, reply);
}

/* So that the seats are free for others at once, and not when the server's reaper comes by. */
static void txn_abort(struct tries *tries) {
  bson_t body = BSON_INITIALIZER;
  struct mongo_reply reply;
  struct bo_deadline deadline = bo_deadline_in(bo_deadline_cap_ms(tries->deadline, ABORT_MS));
  if (tries->session.started && BSON_APPEND_INT32(&body, "abortTransaction", 1)) {
    mongo_run(tries->mongo, &(struct mongo_command){.db = "admin", .body = &body, .session = &tries->session},
              &deadline, &reply);
    mongo_reply_free(&reply);
  }
  bson_destroy(&body);
}

/* One session over all tries for as long as its client lives. */
static enum verdict transaction(struct tries *tries, struct mongo_reply *reply) {
  if (tries->session.handle == NULL && !mongo_session_open(tries->mongo, &tries->session)) {
    *reply = (struct mongo_reply){.outcome = MONGO_NO_SERVER, .text = "no session with MongoDB to be had"};
    bson_init(&reply->doc);
    return tries->unknown ? VERDICT_AGAIN : VERDICT_REFUSED;
  }
  enum verdict verdict = txn_statements(tries, reply);
  bool lost = session_lost(tries, reply);
  if (verdict == VERDICT_DONE) {
    verdict = txn_commit(tries, reply);
    lost = tries->losses >= LOSSES_MAX || reply->outcome == MONGO_NO_SERVER;
  }
  if (lost) {
    mongo_session_close(&tries->session);
    mongo_discard(tries->mongo);
    tries->losses = 0;
  }
  return verdict;
}

static void pause_before_again(const struct tries *tries, const struct mongo_reply *reply) {
  int64_t span = CONFLICT_PAUSE_MAX_MS - CONFLICT_PAUSE_MIN_MS;
  int64_t jitter = (bo_clock_steady_us() + getpid()) % span; /* rivals are other processes */
  mongo_pause(reply->outcome == MONGO_CONFLICT ? CONFLICT_PAUSE_MIN_MS + jitter : RECONNECT_PAUSE_MS, tries->deadline);
}

static enum mongo_write_outcome conclude(struct tries *tries, enum verdict verdict, const struct mongo_reply *reply,
                                         struct bo_problem *problem) {
  switch (verdict) {
  case VERDICT_DONE:
    return MONGO_WRITE_DONE;
  case VERDICT_DUPLICATE:
    return MONGO_WRITE_DUPLICATE;
  case VERDICT_MISSED:
    return MONGO_WRITE_MISSED;
  case VERDICT_REFUSED:
  case VERDICT_AGAIN: /* and the time was up */
    break;
  }
  if (reply->outcome == MONGO_TIMED_OUT) { /* it waited for a rival: no reason to call the store slow */
    (void)bo_problem_set(problem, BO_PROBLEM_MONGO_UNAVAILABLE, "another transaction has the same documents in hand");
  } else {
    (void)mongo_fail(tries->mongo, reply, problem);
  }
  if (!tries->unknown) {
    return MONGO_WRITE_REFUSED;
  }
  (void)bo_problem_set(problem, BO_PROBLEM_OUTCOME_UNKNOWN, "MongoDB has not said whether %s", tries->write->what);
  return MONGO_WRITE_UNKNOWN;
}

enum mongo_write_outcome mongo_write(const struct mongo_write *write, const struct bo_deadline *deadline,
                                     struct bo_problem *problem) {
  struct tries tries = {.write = write, .mongo = write->mongo, .deadline = deadline};
  struct mongo_reply reply;
  enum verdict verdict;
  assert(write->n_statements > 0 && (write->transaction || write->n_statements == 1));
  bo_bulkhead_enter();
  for (;;) {
    verdict = write->transaction ? transaction(&tries, &reply) : insert_single(&tries, &reply);
    if (verdict != VERDICT_AGAIN || bo_deadline_left_ms(deadline) <= ABORT_NEED_MS || is_crowded(&tries)) {
      break;
    }
    pause_before_again(&tries, &reply);
    mongo_reply_free(&reply);
  }
  if (verdict != VERDICT_DONE) {
    txn_abort(&tries);
  }
  mongo_session_close(&tries.session);
  bo_bulkhead_leave();
  enum mongo_write_outcome outcome = conclude(&tries, verdict, &reply, problem);
  mongo_reply_free(&reply);
  return outcome;
}
