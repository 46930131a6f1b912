/* The board: what Redis knows of one show. Each call is one Lua script (store/lua), one round trip, atomic.
 * The caller answers for loading: a verdict of BO_BOARD_STALE or BO_BOARD_SHOW did nothing. */
#ifndef BO_STORE_BOARD_H
#define BO_STORE_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/redis.h"
#include "store/shows.h"
#include "util/arena.h"
#include "util/bounds.h"

enum { BO_SHOW_HASH_SIZE = 41, BO_BOARD_NUMBER_SIZE = 24 };

enum bo_board_verdict {
  BO_BOARD_DONE,    /* the operation took place */
  BO_BOARD_AGAIN,   /* choice: the same request had made this hold before */
  BO_BOARD_STALE,   /* nothing done: load the board */
  BO_BOARD_SHOW,    /* nothing done: the worker's copy of the show is not the board's; here it is */
  BO_BOARD_REFUSED, /* hold: seats in the way, with reasons */
  BO_BOARD_LIMIT,   /* hold: past the user's cap; `held` is what the user holds */
  BO_BOARD_CLOSED,  /* hold, extend: the show is not on sale now */
  BO_BOARD_SOLD,    /* confirm, extend, release: seats sold */
  BO_BOARD_OTHER,   /* confirm, extend, release: seats held by another */
  BO_BOARD_TOKEN,   /* own holds, with seats whose token is not the one that was sent */
  BO_BOARD_CONFIRMING, /* extend, release, cancel: seats with a confirmation under way */
  BO_BOARD_MISSING, /* confirm, extend: seats not held */
  BO_BOARD_LATE,    /* confirm: seats too near their end; `under_way`: another attempt is being written */
  BO_BOARD_SAME,    /* status: the rendering is still true; choice without groups: so is what the worker knows */
  BO_BOARD_MAP,     /* status; choice: nothing taken, the worker's picture is old */
  BO_BOARD_RESTART, /* load: begin again */
  BO_BOARD_PROVE    /* load: begin again, and prove first that MongoDB's server is primary */
};

/* What every operation tells the script of the worker. */
struct bo_board_ref {
  const char *show_id;
  const char *show_hash; /* of the worker's copy of the show; "" for none */
  const char *mark;      /* of the load this operation waited for; "" for none */
};

struct bo_board_seat {
  const char *seat;   /* in the arena */
  const char *reason; /* "held", "booked" or "blocked": static text */
};

struct bo_board_grant {
  const char *seat;    /* choice; in the arena */
  const char *hold_id; /* in the arena */
  int64_t first_end_ms;
};

/* What an operation brought back; which fields are set depends on the verdict. All in the arena. */
struct bo_board_reply {
  enum bo_board_verdict verdict;
  bool claimed;                      /* this worker is to refresh the board after its answer */
  char show_hash[BO_SHOW_HASH_SIZE]; /* SHOW */
  struct bo_show_bytes show;         /* SHOW */
  struct bo_board_seat *seats;       /* REFUSED, SOLD, OTHER, TOKEN, CONFIRMING, MISSING, LATE */
  size_t n_seats;
  bool under_way;                 /* LATE */
  bool own_holds;                 /* confirm, SOLD: the user still holds some of the seats sold */
  int64_t held, sold;             /* summary; LIMIT: held; release, DONE: held until now */
  int64_t blocked, total;         /* summary: seats not for sale that are neither; counts: all seats, 0 where it is not known */
  int64_t now_ms;                 /* hold, extend, DONE: Redis's clock */
  struct bo_board_grant *grants;  /* hold, extend, DONE: one a seat, in the order asked; choice: `n_grants`, those taken */
  size_t n_grants;
  char version[BO_BOARD_NUMBER_SIZE], live[BO_BOARD_NUMBER_SIZE]; /* MAP: the tag */
  unsigned connection;            /* cancel, DONE: that of the answer */
  const char **sold_at;           /* cancel, DONE: one a seat, the version at which it was sold; "" for one that is not */
  const char *held_seats, *sold_seats;                            /* MAP: joined by ',' */
};

/* Seats of one user. */
struct bo_board_seats {
  const char *user;
  const char *const *seats;
  size_t n_seats;
  const char *proof; /* digest of the holds' token; "" (or NULL) where none is needed, BO_BOARD_NO_PROOF where one is, and
                      * none was sent */
};
#define BO_BOARD_NO_PROOF "?"

/* `token`: digest of that of a new hold. `blocked`: '1' for each seat that is not for sale, '0' for each that is; "" where all are. */
bool bo_board_hold(struct bo_redis *redis, const struct bo_board_ref *ref, const struct bo_board_seats *seats,
                   const char *blocked, const char *hold_id, const char *token, int64_t hold_ms, long cap,
                   const struct bo_deadline *deadline, struct bo_arena *arena, struct bo_board_reply *reply,
                   struct bo_problem *problem) BO_MUST_CHECK;

/* Lengthens the user's holds to `hold_ms` from now, but their first end not past `most_ms` after their grant. */
bool bo_board_extend(struct bo_redis *redis, const struct bo_board_ref *ref, const struct bo_board_seats *seats,
                     int64_t hold_ms, int64_t most_ms, const struct bo_deadline *deadline, struct bo_arena *arena,
                     struct bo_board_reply *reply, struct bo_problem *problem) BO_MUST_CHECK;

/* What is offered to a user, of which one group is to be taken, the first that is free. */
struct bo_board_choice {
  struct bo_board_seats seats;      /* those that the groups are of; a group names them by their place, from 1 on */
  const char *request;              /* names the request, which gives its own hold back where it is repeated; "": does not */
  const char *version, *live;       /* the board must be so, else MAP; "": may be as it is */
  const char *const *groups;        /* "1,2" or "3,4;2|1,5|0": not where it leaves seat 2 free and 1 is not, or 5 */
  size_t n_groups;
  size_t any; /* where no group is free: so many of the seats, those that are free first; 0: none */
};

/* As bo_board_hold. Never REFUSED; DONE, AGAIN, TOKEN, LIMIT, SAME or MAP. */
bool bo_board_choose(struct bo_redis *redis, const struct bo_board_ref *ref, const struct bo_board_choice *choice,
                     const char *hold_id, const char *token, int64_t hold_ms, long cap, const struct bo_deadline *deadline,
                     struct bo_arena *arena, struct bo_board_reply *reply, struct bo_problem *problem) BO_MUST_CHECK;

/* Lets the user's holds on the seats go; where there is none, there is nothing to do. */
bool bo_board_release(struct bo_redis *redis, const struct bo_board_ref *ref, const struct bo_board_seats *seats,
                      const struct bo_deadline *deadline, struct bo_arena *arena, struct bo_board_reply *reply,
                      struct bo_problem *problem) BO_MUST_CHECK;

/* Announces attempt and seats; lengthens the holds. DONE: `seats` are those of this user that were announced before. */
bool bo_board_confirm_begin(struct bo_redis *redis, const struct bo_board_ref *ref, const struct bo_board_seats *seats,
                            const char *attempt, const struct bo_deadline *deadline, struct bo_arena *arena,
                            struct bo_board_reply *reply, struct bo_problem *problem) BO_MUST_CHECK;

/* Takes the entry of `announced` (the seats given to confirm_begin) out. `sold` become sold and the user's holds on
 * them are let go, where they are a `whole` booking, just made; where they were found sold, the board becomes stale
 * instead, since they may be a part of a booking, and only holds on seats that it knows to be sold are let go. */
bool bo_board_confirm_finish(struct bo_redis *redis, const char *show_id, const struct bo_board_seats *announced,
                             const char *attempt, bool whole, const char *const *sold, size_t n_sold,
                             const struct bo_deadline *deadline, struct bo_arena *arena,
                             struct bo_problem *problem) BO_MUST_CHECK;

/* Where the seats of a booking stand; changes nothing. */
bool bo_board_cancel_begin(struct bo_redis *redis, const struct bo_board_ref *ref, const char *const *seats, size_t n_seats,
                           const struct bo_deadline *deadline, struct bo_arena *arena, struct bo_board_reply *reply,
                           struct bo_problem *problem) BO_MUST_CHECK;

/* The seats, whose booking is cancelled, are freed where they still stand at `sold_at` (of cancel_begin), and the user's
 * own holds on them are let go. Loads that had begun before begin again. Through the connection of cancel_begin, or not at
 * all: another may lead to an older Redis, where a version stands for another sale. */
bool bo_board_cancel_finish(struct bo_redis *redis, const char *show_id, const struct bo_board_seats *seats,
                            const char *const *sold_at, unsigned connection, const struct bo_deadline *deadline,
                            struct bo_arena *arena, struct bo_problem *problem) BO_MUST_CHECK;

/* `version` and `live` of the worker's rendering, or "". */
bool bo_board_status(struct bo_redis *redis, const struct bo_board_ref *ref, const char *version, const char *live,
                     const struct bo_deadline *deadline, struct bo_arena *arena, struct bo_board_reply *reply,
                     struct bo_problem *problem) BO_MUST_CHECK;

/* DONE with the counts; or, where the board may count seats that the show lacks, MAP. */
bool bo_board_summary(struct bo_redis *redis, const struct bo_board_ref *ref, const struct bo_deadline *deadline,
                      struct bo_arena *arena, struct bo_board_reply *reply, struct bo_problem *problem) BO_MUST_CHECK;

/* The same for a list of shows: DONE whatever the worker's copy, and by any load of this Redis process, however old; held
 * is below 0 where the board may count seats that the show lacks. STALE. */
bool bo_board_counts(struct bo_redis *redis, const char *show_id, const struct bo_deadline *deadline,
                     struct bo_arena *arena, struct bo_board_reply *reply, struct bo_problem *problem) BO_MUST_CHECK;

/* A load, from its first step to its last. */
struct bo_board_load {
  unsigned connection; /* both steps must go through one connection */
  char born[BO_BOARD_NUMBER_SIZE], version[BO_BOARD_NUMBER_SIZE];
  char mark[BO_BOARD_NUMBER_SIZE]; /* Redis's clock at the first step, in us */
  bool must_prove;                 /* no board of this run was found, or an entry of `confirming` has lapsed */
};
bool bo_board_load_begin(struct bo_redis *redis, const char *show_id, const struct bo_deadline *deadline,
                         struct bo_arena *arena, struct bo_board_load *load, struct bo_problem *problem) BO_MUST_CHECK;

/* What a load read from MongoDB. */
struct bo_board_record {
  struct bo_show_bytes show;
  size_t n_seats;      /* of the show */
  const char *blocked; /* those that are not for sale, joined by ',' */
  const char *labels;  /* all of them, joined by ',', where bo_redis_heed_node_holds asks for them, else "" */
  int64_t opens_ms, closes_ms; /* of the sale */
  const char **sold;   /* of those that the show has */
  size_t n_sold;
};

/* DONE (show_hash is that of the show, or "" where a load that began later was there first), RESTART or PROVE. */
bool bo_board_load_merge(struct bo_redis *redis, const char *show_id, const struct bo_board_load *load, int64_t trust_ms,
                         bool proved, const struct bo_board_record *record, const struct bo_deadline *deadline,
                         struct bo_arena *arena, struct bo_board_reply *reply, struct bo_problem *problem) BO_MUST_CHECK;

/* Tells of the holds that have lapsed (publishes them). `*next_ms`: until the next one may; -1: none is left. */
bool bo_board_lapse(struct bo_redis *redis, const char *show_id, const struct bo_deadline *deadline, struct bo_arena *arena,
                    int64_t *next_ms, struct bo_problem *problem) BO_MUST_CHECK;

#endif
