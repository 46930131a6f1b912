/* The best seats that are free, held in one atomic step. The worker ranks groups by its picture of the board; the script
 * takes the first that is free there. What the picture may be, from one question to the next:
 * 1. that of the worker's last look, where it has one: good only if the board is still so, and one group is enough;
 * 2. what the board has answered in this request: some others may have been here since, so there are many groups, and
 *    each is looked at again: free, and leaving no orphan;
 * 3. the last: where others have been faster each time, any seats that are free will do. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "boxoffice/best.h"
#include "boxoffice/holds.h"
#include "boxoffice/loader.h"
#include "boxoffice/office.h"
#include "boxoffice/state.h"
#include "util/metrics.h"

enum { POOL = 128 }; /* seats that a question names: what Redis does with more takes longer than to ask again */

struct best {
  struct bo_board_visit visit;
  const struct bo_best_request *request;
  struct bo_best_wish wish;
  const char *name; /* of the request, for the script */
  int asked;        /* questions that the board has answered by its map */
  const char *proof;
  struct bo_new_hold fresh;
};

/* Seats of the hall, numbered from 1 on for the script. */
struct pool {
  const struct bo_show *show;
  const char *labels[POOL];
  size_t seats[POOL];
  size_t n;
};

static bool out_of_memory(struct bo_problem *problem) {
  return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the choice of seats");
}

static size_t number_of(struct pool *pool, size_t seat) {
  if (seat == BO_NONE) return 0;
  for (size_t i = 0; i < pool->n; i++)
    if (pool->seats[i] == seat) return i + 1;
  assert(pool->n < POOL);
  pool->seats[pool->n] = seat;
  pool->labels[pool->n] = pool->show->record.labels[seat];
  return ++pool->n;
}

enum { NUMBER_SIZE = 5 }; /* what stands before it, and three digits */

static char *append(char *end, char before, size_t number) {
  return end + snprintf(end, NUMBER_SIZE, "%c%u", before, (unsigned)number);
}

/* ",1,2;3|4", without the first comma: as hold.lua reads it. NULL: out of memory. */
static const char *text_of(struct pool *pool, const struct bo_best_group *group, size_t quantity, struct bo_arena *arena) {
  char *text = bo_arena_array(arena, quantity + 2 * group->n_orphans, NUMBER_SIZE), *end = text;
  if (!text) return NULL;
  for (size_t i = 0; i < quantity; i++) end = append(end, ',', number_of(pool, group->seats[i]));
  for (size_t i = 0; i < group->n_orphans; i++) {
    end = append(end, ';', number_of(pool, group->orphans[i].seat));
    end = append(end, '|', number_of(pool, group->orphans[i].beside));
  }
  return text + 1;
}

static bool put_groups(struct best *best, struct pool *pool, const struct bo_best_offer *offer,
                       struct bo_board_choice *choice, struct bo_problem *problem) {
  const char **groups = bo_arena_array(best->visit.arena, offer->n_groups, sizeof *groups);
  if (!groups) return out_of_memory(problem);
  for (size_t i = 0; i < offer->n_groups; i++) {
    groups[i] = text_of(pool, &offer->groups[i], best->wish.quantity, best->visit.arena);
    if (!groups[i]) return out_of_memory(problem);
  }
  choice->groups = groups;
  choice->n_groups = offer->n_groups;
  return true;
}

static bool put_singles(struct best *best, struct pool *pool, const unsigned char *open, struct bo_board_choice *choice,
                        struct bo_problem *problem) {
  size_t *seats, n;
  if (!bo_best_singles(&pool->show->record, open, &best->wish, POOL, best->visit.arena, &seats, &n, problem)) return false;
  for (size_t i = 0; i < n; i++) (void)number_of(pool, seats[i]);
  choice->any = best->wish.quantity;
  return true;
}

static bool refuse(const struct best *best, size_t left, struct bo_problem *problem) {
  const char *what = best->wish.accessible ? "with an accessible one among them " : "";
  bo_problem_set(problem, BO_PROBLEM_NOT_ENOUGH_SEATS, "%zu seats %swere asked for; so many are left: %zu",
                 best->wish.quantity, what, left);
  problem->left = left;
  return false;
}

/* What there is to choose from by the picture of `show`. */
static bool offer_groups(struct best *best, struct pool *pool, struct bo_board_choice *choice, struct bo_problem *problem) {
  const struct bo_show *show = pool->show;
  size_t n_seats = show->record.n_seats, most = best->asked ? POOL / (best->wish.quantity + 4) : 1;
  struct bo_best_offer offer;
  unsigned char *open = bo_arena_alloc(best->visit.arena, n_seats);
  if (!open) return out_of_memory(problem);
  for (size_t i = 0; i < n_seats; i++) open[i] = show->states[i] == BO_SEAT_AVAILABLE;
  if (!bo_best_rank(&show->record, open, &best->wish, most ? most : 1, best->visit.arena, &offer, problem)) return false;
  if (best->asked && !offer.n_groups) return refuse(best, offer.left, problem);
  if (best->asked > BO_CHOICE_TRIES)
    return bo_problem_set(problem, BO_PROBLEM_BOARD_BUSY, "others were faster each time; ask again");
  if (best->asked == BO_CHOICE_TRIES && !best->wish.accessible) return put_singles(best, pool, open, choice, problem);
  if (!best->asked) {
    choice->version = show->version;
    choice->live = show->live;
  }
  return put_groups(best, pool, &offer, choice, problem);
}

static bool find_category(struct best *best, const struct bo_show *show, struct bo_problem *problem) {
  const char *name = best->request->category;
  best->wish.category = BO_NONE;
  for (size_t i = 0; name && i < show->record.n_categories; i++)
    if (strcmp(show->record.categories[i].name, name) == 0) best->wish.category = i;
  return !name || best->wish.category != BO_NONE ||
         bo_problem_set(problem, BO_PROBLEM_UNKNOWN_CATEGORY, "the show has no such category of seats");
}

static bool ask_best(void *context, const struct bo_board_ref *ref, struct bo_show *show, struct bo_board_reply *reply,
                     struct bo_problem *problem) {
  struct best *best = context;
  const struct bo_config *config = best->visit.office->config;
  struct pool pool = {.show = show};
  struct bo_board_choice choice = {.request = best->name, .version = "", .live = ""};
  /* Without a picture, the board is asked for it. So it is where an old copy of the show lacks the category. */
  if (show && show->version[0]) {
    bool known = find_category(best, show, problem);
    if (known && !offer_groups(best, &pool, &choice, problem)) return false;
    if (!known && best->asked) return false;
  }
  choice.seats = (struct bo_board_seats){best->request->user, pool.labels, pool.n, best->proof};
  return bo_board_choose(best->visit.office->redis, ref, &choice, best->fresh.hold_id, best->fresh.token,
                         (int64_t)config->hold_seconds * 1000, bo_holds_cap(config, show), best->visit.deadline, best->visit.arena, reply,
                         problem);
}

/* -- the answer -------------------------------------------------------------------------------------- */

/* In the order of the hall, so that the same hold is told alike each time. */
static void put_in_order(const struct bo_show *show, struct bo_board_grant *grants, size_t n) {
  for (size_t i = 1; i < n; i++) {
    struct bo_board_grant grant = grants[i];
    size_t place = bo_show_seat(show, grant.seat, strlen(grant.seat)), at = i;
    for (; at > 0 && bo_show_seat(show, grants[at - 1].seat, strlen(grants[at - 1].seat)) > place; at--) grants[at] = grants[at - 1];
    grants[at] = grant;
  }
}

static bool tell(const struct best *best, const struct bo_show *show, struct bo_board_reply *reply,
                 struct bo_seats_request *seats, struct bo_hold_result *hold, struct bo_problem *problem) {
  const char **labels = bo_arena_array(best->visit.arena, reply->n_grants, sizeof *labels);
  if (!labels) return out_of_memory(problem);
  put_in_order(show, reply->grants, reply->n_grants);
  for (size_t i = 0; i < reply->n_grants; i++) labels[i] = reply->grants[i].seat;
  memcpy(seats->show_id, best->request->show_id, sizeof seats->show_id);
  seats->user = best->request->user;
  seats->seats = labels;
  seats->n_seats = reply->n_grants;
  if (!bo_holds_result(seats, reply, best->visit.arena, hold, problem)) return false;
  if (reply->verdict == BO_BOARD_DONE) hold->hold_token = best->fresh.own_token;
  return true;
}

static bool begin(struct best *best, struct bo_problem *problem) {
  const struct bo_best_request *request = best->request;
  best->name = !request->key ? ""
                             : bo_arena_printf(best->visit.arena, "%s\n%zu\n%d\n%s\n", request->key, request->quantity,
                                               request->accessible, request->category ? request->category : "");
  if (!best->name) return out_of_memory(problem);
  return bo_holds_proof(best->visit.office, request->hold_token, best->visit.arena, &best->proof, problem) &&
         bo_holds_new(request->hold_token ? best->proof : NULL, best->visit.arena, &best->fresh, problem);
}

bool bo_best_available(struct bo_office *office, const struct bo_best_request *request, const struct bo_deadline *deadline,
                       struct bo_arena *arena, struct bo_seats_request *seats, struct bo_hold_result *hold,
                       struct bo_problem *problem) {
  struct best best = {
      .visit = {.office = office, .show_id = request->show_id, .deadline = deadline, .arena = arena},
      .request = request,
      .wish = {.quantity = request->quantity, .category = BO_NONE, .accessible = request->accessible},
  };
  if (!begin(&best, problem)) return false;
  for (;;) {
    struct bo_board_reply reply;
    struct bo_show *show;
    if (!bo_board_ask(&best.visit, ask_best, &best, &reply, &show, problem)) return false;
    switch (reply.verdict) {
      case BO_BOARD_DONE:
      case BO_BOARD_AGAIN: return tell(&best, show, &reply, seats, hold, problem);
      case BO_BOARD_TOKEN: return bo_holds_refuse(&reply, problem);
      case BO_BOARD_LIMIT:
        bo_metrics_add(BO_COUNTER_REFUSED_LIMIT, best.wish.quantity);
        return bo_holds_refuse_limit(office->config, show, &reply, problem);
      case BO_BOARD_CLOSED: return bo_holds_refuse_closed(show, problem);
      case BO_BOARD_MAP:
        if (!bo_show_take_map(show, &reply, problem)) return false;
        break;
      default: break; /* SAME: the worker's picture is the board's, and says no */
    }
    best.asked++;
  }
}
