#include "boxoffice/loader.h"

#include <string.h>

#include "boxoffice/seats.h"
#include "boxoffice/state.h"
#include "store/bookings.h"
#include "util/log.h"
#include "util/metrics.h"

struct bo_board_visit bo_visit_of(struct bo_office *office, const struct bo_seats_request *request,
                                  const struct bo_deadline *deadline, struct bo_arena *arena) {
  return (struct bo_board_visit){.office = office, .show_id = request->show_id, .seats = request->seats,
                                 .n_seats = request->n_seats, .deadline = deadline, .arena = arena};
}

/* The office's copy where the document is the same, else a new one, which becomes the office's when the board has
 * named it (`*fresh`). */
static struct bo_show *copy_of(struct bo_office *office, const char *show_id, const struct bo_show_bytes *bytes,
                               struct bo_show **fresh, struct bo_problem *problem) {
  struct bo_show *known = bo_show_cache_get(&office->cache, show_id);
  *fresh = NULL;
  if (known && known->bytes.length == bytes->length && memcmp(known->bytes.data, bytes->data, bytes->length) == 0) return known;
  return *fresh = bo_show_new("", bytes, problem);
}

/* Sold seats that the show lacks (its layout was changed) stay sold in MongoDB, but off the board. */
static void leave_out_unknown(const struct bo_show *show, struct bo_board_record *record) {
  size_t kept = 0;
  for (size_t i = 0; i < record->n_sold; i++) {
    if (bo_show_seat(show, record->sold[i], strlen(record->sold[i])) != SIZE_MAX)
      record->sold[kept++] = record->sold[i];
    else
      bo_log(BO_LOG_WARNING, "show %s: seat %s is sold, but the show lacks it", show->record.id, record->sold[i]);
  }
  record->n_sold = kept;
}

/* The proof waits for a majority, some 100 ms. An id that no show has is not worth that: anybody can make them up. */
static bool is_there(struct bo_board_visit *visit, struct bo_problem *problem) {
  struct bo_office *office = visit->office;
  return bo_show_cache_get(&office->cache, visit->show_id) ||
         bo_shows_there(office->mongo, visit->show_id, visit->deadline, problem);
}

/* All from one server. The proof comes before the read: it makes what is there a majority's, so that the read sees it.
 * `*moved`: the primary did, on the way. */
static bool read_record(struct bo_board_visit *visit, bool prove, struct bo_board_record *record, bool *moved,
                        struct bo_problem *problem) {
  struct bo_mongo *mongo = visit->office->mongo;
  bo_mongo_stay(mongo);
  bool fine =
      (!prove ||
       (is_there(visit, problem) && bo_shows_prove_primary(mongo, visit->show_id, visit->deadline, problem))) &&
      bo_shows_read(mongo, visit->show_id, visit->deadline, visit->arena, &record->show, problem) &&
      bo_bookings_sold(mongo, visit->show_id, visit->deadline, visit->arena, &record->sold, &record->n_sold, problem);
  *moved = bo_mongo_leave(mongo);
  return fine;
}

/* One load. `*again`: it failed or came too late in a way that another may not. */
static bool load_once(struct bo_board_visit *visit, bool *again, struct bo_problem *problem) {
  struct bo_office *office = visit->office;
  struct bo_board_load load;
  struct bo_board_record record = {0};
  struct bo_board_reply reply;
  struct bo_show *fresh = NULL;
  *again = false;
  if (!bo_board_load_begin(office->redis, visit->show_id, visit->deadline, visit->arena, &load, problem)) return false;
  /* A load that would free a seat, clear an entry of `confirming` or found a board needs a server that is still primary. */
  bool prove = load.must_prove || visit->prove_first;
  if (!read_record(visit, prove, &record, again, problem)) return false;
  struct bo_show *show = copy_of(office, visit->show_id, &record.show, &fresh, problem);
  if (!show) return false;
  record.n_seats = show->record.n_seats;
  record.blocked = show->blocked;
  record.labels = office->config->node_holds ? bo_show_labels(show, false, visit->arena) : "";
  record.opens_ms = show->record.sale_opens_ms;
  record.closes_ms = show->record.sale_closes_ms;
  leave_out_unknown(show, &record);
  bool fine = bo_board_load_merge(office->redis, visit->show_id, &load, (int64_t)office->config->board_seconds * 1000, prove,
                                  &record, visit->deadline, visit->arena, &reply, problem);
  visit->prove_first = fine && reply.verdict == BO_BOARD_PROVE;
  *again = fine ? reply.verdict != BO_BOARD_DONE : problem->code == BO_PROBLEM_REDIS_UNAVAILABLE;
  if (!fine || *again) {
    bo_show_free(fresh);
    return false;
  }
  if (reply.show_hash[0]) {
    memcpy(show->hash, reply.show_hash, sizeof show->hash);
    if (fresh) bo_show_cache_put(&office->cache, fresh);
  } else {
    bo_show_free(fresh); /* a later load was there first: the board has its document */
  }
  memcpy(visit->mark, load.mark, sizeof visit->mark);
  return true;
}

static bool try_to_load(struct bo_board_visit *visit, struct bo_problem *problem) {
  bool again = true;
  bo_problem_set(problem, BO_PROBLEM_BOARD_BUSY, "the board of show %s changed under each load", visit->show_id);
  while (again && visit->loads++ < BO_BOARD_TRIES) {
    bo_metrics_add(visit->loads > 1 ? BO_COUNTER_LOADS_AGAIN : visit->ahead ? BO_COUNTER_LOADS_REFRESH : BO_COUNTER_LOADS_STALE, 1);
    if (load_once(visit, &again, problem)) {
      problem->code = BO_PROBLEM_NONE;
      return true;
    }
  }
  bo_metrics_add(BO_COUNTER_LOADS_FAILED, 1);
  return false;
}

bool bo_board_load(struct bo_board_visit *visit, struct bo_problem *problem) {
  int64_t begun_us = bo_clock_steady_us();
  bool fine = try_to_load(visit, problem);
  (void)bo_waits_add(&visit->office->loads, begun_us);
  return fine;
}

static bool take_copy(struct bo_office *office, const struct bo_board_reply *reply, struct bo_problem *problem) {
  struct bo_show *show = bo_show_new(reply->show_hash, &reply->show, problem);
  if (show) bo_show_cache_put(&office->cache, show);
  return show != NULL;
}

bool bo_board_ask(struct bo_board_visit *visit, bo_board_question *question, void *context, struct bo_board_reply *reply,
                  struct bo_show **show, struct bo_problem *problem) {
  struct bo_office *office = visit->office;
  int copies = 0;
  for (;;) {
    struct bo_show *copy = bo_show_cache_get(&office->cache, visit->show_id);
    bool unknown = copy && visit->seats && !bo_seats_known(copy, visit->seats, visit->n_seats, problem);
    if (unknown && (visit->loads || copies)) return false;
    /* The board's copy may have the seat that ours lacks: with no hash given, it is what the board answers. */
    struct bo_board_ref ref = {visit->show_id, copy && !unknown ? copy->hash : "", visit->mark};
    if (!question(context, &ref, copy, reply, problem)) return false;
    if (reply->verdict == BO_BOARD_STALE) {
      if (!bo_board_load(visit, problem)) return false;
    } else if (reply->verdict == BO_BOARD_SHOW && copies++ < BO_BOARD_TRIES) {
      if (!take_copy(office, reply, problem)) return false;
    } else if (reply->verdict == BO_BOARD_SHOW) {
      return bo_problem_set(problem, BO_PROBLEM_BOARD_BUSY, "show %s changes under each request", visit->show_id);
    } else {
      if (reply->claimed) memcpy(office->refresh, visit->show_id, sizeof office->refresh);
      *show = copy;
      return true;
    }
  }
}
