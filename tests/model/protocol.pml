/* The board protocol of doc/design.md as a model for SPIN: every order in which its steps can happen, looked at.
 *
 * WHAT IS HERE. Two workers, two users, SEATS seats (1, or 2 and so batches), traces of up to ATTEMPTS confirmations
 * at one time; clients who send what they like as often as they like. Steps are named as the code's are
 * (src/boxoffice, src/store/lua); a script is one step, for Redis runs it alone. Nothing is counted, so a run without
 * error holds for any number of requests, loads and faults.
 *
 * HOW TO RUN ONE BY HAND (test_model.py does just this for each row of its tables):
 *     spin -DSEATS=1 -DFLUSHALL -a tests/model/protocol.pml
 *     gcc -O2 -DSAFETY -DNOREDUCE -o pan pan.c && ./pan -m10000000        # depth first, needs the least memory
 *     gcc -O2 -DSAFETY -DNOREDUCE -DBFS -o pan pan.c && ./pan             # or breadth first: the shortest story
 *     spin -DSEATS=1 -DFLUSHALL -t -k protocol.pml.trail tests/model/protocol.pml     # after an error, the story
 * with the same -D for spin each time. No run is large enough for all at once; what each may do besides holding,
 * releasing, extending, confirming, dying, lapsing, losing primaries:
 *     FLUSHALL  Redis is emptied            RESTART  Redis comes back with any older data (one seat only)
 *     EXTERNAL  another program sells       UNTIL    ... and that is known BOARD_SECONDS later (one seat only)
 *     CANCEL    bookings are given back, by themselves: without any of the others but FEWER
 *     FEWER     user 1 asks for seat 0 or both, user 2 for seat 1 or both; otherwise each for any
 * RESTART and UNTIL ask whether one seat's board may be trusted, batches whether two seats change as one.
 *
 * WHAT STANDS FOR WHAT
 * - Time. Ends and deadlines are events that may come at any moment, in any order but for what the code guarantees:
 *   a hold ends no earlier than the deadline of an attempt that lengthened it; the seats of a batch end as one; no
 *   insert takes effect after its attempt's deadline (maxTimeMS, BO_CONFIRM_NEED_MS), and none is sent after it.
 * - A hold: its user, and where it is in its life (HELD .. LAST below). The seat's score in `taken` is the same thing,
 *   set by the same scripts, so there is only `sold` besides. holdId, expiry and the user's cap are left out.
 * - version: only "sold after this load began" is ever asked of it: `newer`. mark, likewise: `began_first`.
 * - until: any operation may trust a board past it, as if it had waited for a load. Only the promise about another
 *   program's sale rests on `until`, so it is kept only with UNTIL.
 * - An operation that finds the board stale waits for a load. Here a load is a worker's own business, and the
 *   operation comes when the board is fit: neither store can tell the difference. For the same reason each pass of a
 *   confirm is a confirm, and refusals, which change nothing, are looked at in `look` wherever they could be given.
 * - A worker's death, and each answer 503, is the step that forgets what the worker was at. So is a script whose
 *   answer is lost: it was done, and nobody knows. An operation of one script may be any worker's (Clients).
 * - MongoDB: a write is sent, stored on the primary (the index sees it, majority and snapshot reads do not), and then a
 *   majority's or rolled back. A transaction not yet committed is "not sent". prove_primary is a linearizable read: it
 *   waits until a majority has all that was stored before it. What is read without it may be a deposed primary's, and
 *   then shows nothing.
 *
 * WHAT IS PROMISED: every assert. One booking a seat. A hold is never granted on a seat that this system has sold or
 * may yet sell, or told of as sold. No part of a batch is ever seen, held or booked. Only one's own holds are let go.
 * "Booked" means documents of a majority. 403 and 410 mean that nothing of this user's on that seat has landed or will
 * (so a confirm repeated after "booked" never gets them). A seat shown as booked is; one that is booked is never shown
 * as available. BY_THE_LETTER asserts less: of sales only what some client was told. What was cancelled stays so: no
 * attempt brings it back, and where cancel_finish was made the seat is not shown as booked.
 *
 * THE NAMED GAPS of design.md. Redis forgets while an insert is under way: the attempt is `forgotten`, and from its
 * landing until a board knows of it its seats are a `gap`. An insert that MongoDB executes after its deadline, and two
 * Redis primaries, do not happen here. Besides: for as long as a deposed primary is read without proof, another
 * program's sale is not seen (`began_before`).
 *
 * WHERE THE MODEL IS STRICTER THAN THE CODE WAS when it was written (3ff52ef); each is an option, and refuted:
 * - PROOF_AFTER_READ: a load reads, then proves. What was stored before, and a majority's only by the proof, is missed.
 *   Here the proof comes first, and a load that finds later that it needs one proves, and reads again.
 * - PROOF_OF_ANOTHER_SERVER: proof and read are not of one server (a find that is repeated goes where the primary is).
 * - SETTLE_THE_UNSEEN: E11000, and a majority read shows nothing there yet: the entry goes. Here it stays.
 * - SETTLE_A_PART: E11000, or too late, and seats are found sold that may be a part of a booking: they are marked as
 *   sold, alone. Here either nothing is settled, and the entry's deadline makes the board stale, or the board becomes
 *   stale at once, loads under way included (confirm_finish_stale). Either will do.
 *
 * CANCEL. Both workers may be at one; MongoDB has one such write under way at a time. look_up and cancel_begin are one step,
 * for the transaction finds its documents or fails. Until cancel_finish is made, or after it was lost, a seat may be shown as
 * booked that is not, until a load frees it that began after the move (`ghost`). Each of these options is refuted:
 * NO_LOOK_AT_CONFIRMING, ANY_VERSION and CANCELLED_UNMARKED leave out what issue 8 asks for. FREE_UNMARKED: a load that frees a
 * seat lets another one merge that read before. SETTLE_UNANNOUNCED: an attempt whose entry is gone settles as if it knew.
 *
 * LEFT OUT: the show's document, ETags, the cap, clocks that are set back, a worker stopped between its
 * last look at the clock and its send, a hold repeated by its own user between a sale and a settle that was lost. */

#ifndef SEATS
#define SEATS 1
#endif
#ifndef ATTEMPTS
#define ATTEMPTS 2
#endif

/* ---- Redis: the board of one show */
byte hold[2]; /* hold:{show}:seat. 0: none; else user * 4 + where it is in its life: */
#define HELD 0  /* before its first end, where it lapses */
#define KEPT 1  /* before its first end, lengthened past it by a confirm */
#define GRACE 2 /* past its first end: may only be confirmed */
#define LAST 3  /* as GRACE, and what is left is too little for a confirm */
#define HOLDER(seat) (hold[seat] >> 2)
#define LIFE(seat) (hold[seat] & 3)
byte sold;            /* taken: the seats whose score is a version; a mask, as all sets of seats here */
byte entry[ATTEMPTS]; /* confirming */
#define OUT 0
#define LIVE 1
#define LAPSED 2
bit born, same_run; /* board: it exists; `run` is that of the process the workers are connected to */

/* ---- MongoDB */
byte doc[2];         /* bookings: 0, a user, or */
#define OTHER_PROGRAM 3
bit one_booking;     /* both seats were sold by one transaction */

/* ---- attempts to confirm: user, seats, and how far MongoDB is with it */
byte user[ATTEMPTS], seats[ATTEMPTS], write[ATTEMPTS];
#define NOTHING 0
#define SENT 1     /* the insert or the commit: may take effect until the deadline */
#define STORED 2   /* on the primary, and not yet on a majority */
#define MAJORITY 3
bit in_time[ATTEMPTS]; /* before the deadline */
bit owned[ATTEMPTS];   /* a worker is at it */

/* ---- workers */
byte step[2], attempt[2], view[2], newer[2], lapsed[2];
bit began_first[2]; /* of two loads under way, this began first */
#define IDLE 0
#define LOAD_BEGUN 1      /* read_record comes next */
#define LOAD_MUST_PROVE 2 /* prove_primary comes next */
#define LOAD_PROVED 3
#define LOAD_READ 4
#define LOAD_READ_PROVED 5
#define RECORD 6
#define REVIEW 7
#define REVIEW_HALF 8
#define SETTLE_SOLD 9     /* our documents are there */
#define SETTLE_REFUSED 10 /* nothing was stored */
#define SETTLE_FOUND 11   /* E11000, and `view` are the seats found sold */
#define CANCEL_BEGUN 12   /* `view` is to be cancelled, of user `attempt`; `newer`: seats of it that stand as cancel_begin saw them */
#define CANCEL_SENT 13
#define CANCEL_MOVED 14   /* cancel_finish comes next */
#define CANCELLING(w) (step[w] >= CANCEL_BEGUN)
#define LOADING(w) (step[w] >= LOAD_BEGUN && step[w] <= LOAD_READ_PROVED)
#define MINE attempt[w]

/* ---- for the assertions alone */
bit batch;               /* both holds were granted by one script, and the user has not parted them since */
bit forgotten[ATTEMPTS]; /* the named gap */
byte gap;
#if defined(EXTERNAL) || defined(BY_THE_LETTER)
byte told; /* seats of which some client was told that they are sold */
#endif
#ifdef CANCEL
byte cancel_write, cancel_seats; /* the transaction under way, as an attempt's write */
bit undone[ATTEMPTS];            /* what it had booked is cancelled */
byte ghost;                      /* shown as booked perhaps, though cancelled */
#endif
#ifdef UNTIL
byte sold_since;     /* 1: it was sold a moment ago; 2: BOARD_SECONDS ago */
bit fresh;           /* until is not past */
bit until_before;    /* until stems from a load that had begun before that sale */
bit began_before[2]; /* the same of a load under way */
#endif
#if defined(GET_THEN_DEL) || defined(LOOK_THEN_ACQUIRE)
byte got_user, got_seats;
#endif

/* ---- small words */
#define IN(mask, seat) (((mask) >> (seat)) & 1)
#define WHEN(condition, action) if :: (condition) -> action :: else fi
#define EACH(mask, p) ((!IN(mask, 0) || p(0)) && (!IN(mask, 1) || p(1)))
#define SOME(mask, p) ((IN(mask, 0) && p(0)) || (IN(mask, 1) && p(1)))
#if ATTEMPTS == 3
#define ANY(p) (p(0) || p(1) || p(2))
#define ALL_ATTEMPTS(x) x(0); x(1); x(2)
#define ALL_ATTEMPTS_AND(x, y) x(0, y); x(1, y); x(2, y)
#define OPTIONS(x) x(0) x(1) x(2)
#define MASK(p) (p(0) + 2 * p(1) + 4 * p(2))
#define FREE_SLOT (seats[0] == 0 -> 0 : (seats[1] == 0 -> 1 : 2))
#else
#define ANY(p) (p(0) || p(1))
#define ALL_ATTEMPTS(x) x(0); x(1)
#define ALL_ATTEMPTS_AND(x, y) x(0, y); x(1, y)
#define OPTIONS(x) x(0) x(1)
#define MASK(p) (p(0) + 2 * p(1))
#define FREE_SLOT (seats[0] == 0 -> 0 : 1)
#endif
#if SEATS == 2 && defined(FEWER)
#define REQUESTS(x) x(1, 1) x(1, 3) x(2, 2) x(2, 3)
#define ALL_SEATS(x) x(0); x(1)
#elif SEATS == 2
#define REQUESTS(x) x(1, 1) x(1, 2) x(1, 3) x(2, 1) x(2, 2) x(2, 3)
#define ALL_SEATS(x) x(0); x(1)
#else
#define REQUESTS(x) x(1, 1) x(2, 1)
#define ALL_SEATS(x) x(0)
#endif

#define UNUSED(k) (seats[k] == 0)
#define IS_LAPSED(k) (entry[k] == LAPSED)
#define ENTRY_OF_0(k) (entry[k] == LIVE && IN(seats[k], 0))
#define ENTRY_OF_1(k) (entry[k] == LIVE && IN(seats[k], 1))
#define CONFIRMING(mask) ((IN(mask, 0) && ANY(ENTRY_OF_0)) || (IN(mask, 1) && ANY(ENTRY_OF_1)))
#define STORED_0(k) (write[k] == STORED && IN(seats[k], 0))
#define STORED_1(k) (write[k] == STORED && IN(seats[k], 1))
/* What the unique index answers E11000 for. */
#define INDEXED(mask) ((IN(mask, 0) && (doc[0] || ANY(STORED_0))) || (IN(mask, 1) && (doc[1] || ANY(STORED_1))))
/* What a majority or snapshot read of the bookings shows. */
#define BOOKED_SEATS ((doc[0] != 0) + 2 * (doc[1] != 0))
#define DOCS_OF(u, mask) ((!IN(mask, 0) || doc[0] == (u)) && (!IN(mask, 1) || doc[1] == (u)))
#define MAY_SEND(k) (owned[k] && in_time[k] && write[k] == NOTHING)
#define MAY_LAND(k) (MAY_SEND(k) || write[k] == SENT || write[k] == STORED)

/* An attempt of which nothing more can come is forgotten, so that its place is another's. */
inline tidy(n) {
  if
  :: !owned[n] && (write[n] == NOTHING || write[n] == MAJORITY) ->
    user[n] = 0; write[n] = NOTHING; in_time[n] = 0; forgotten[n] = 0;
#ifdef CANCEL
    undone[n] = 0;
#endif
    WHEN(entry[n] == OUT, seats[n] = 0)
  :: else
  fi
}

inline remove_entry(n) {
  entry[n] = OUT;
  lapsed[0] = lapsed[0] & ~(1 << n);
  lapsed[1] = lapsed[1] & ~(1 << n)
}

/* What the worker was at is forgotten. */
inline rest(who) {
  step[who] = IDLE; attempt[who] = 0; view[who] = 0; newer[who] = 0; lapsed[who] = 0;
  began_first[0] = 0; began_first[1] = 0;
#ifdef UNTIL
  began_before[who] = 0
#endif
}

/* ---- gate (board.lua): until apart, see above */
#ifdef NO_CONFIRMING
#define TRUSTED same_run
#define BLOCKED(mask) 0
#else
#define TRUSTED (same_run && !ANY(IS_LAPSED))
#define BLOCKED(mask) CONFIRMING(mask)
#endif

/* ---- hold.lua. Seats that the user holds already stay as they are. */
#define NO_HOLD(seat) (hold[seat] == 0)

inline must_not_land(k, s) { assert(!(IN(seats[k], s) && MAY_LAND(k) && !forgotten[k])) }

#if defined(BY_THE_LETTER)
#define MAY_BE_FREE(seat) (!IN(told, seat) || IN(gap, seat))
#define TELL(mask) told = told | (mask)
#elif defined(EXTERNAL)
#define MAY_BE_FREE(seat) (doc[seat] == 0 || IN(gap, seat) || (doc[seat] == OTHER_PROGRAM && !IN(told, seat)))
#define TELL(mask) told = told | ((mask) & (doc[0] == OTHER_PROGRAM))
#else
#define MAY_BE_FREE(seat) (doc[seat] == 0 || IN(gap, seat))
#define TELL(mask) skip
#endif

inline grant(who, seat) {
  assert(MAY_BE_FREE(seat));
#ifdef UNTIL
  assert(!(doc[seat] == OTHER_PROGRAM && fresh && sold_since == 2));
#endif
#ifndef BY_THE_LETTER
  ALL_ATTEMPTS_AND(must_not_land, seat);
#endif
  hold[seat] = (who << 2) + HELD
}

inline hold_script(u, mask) {
  printf("hold by user %d of seats %d\n", u, mask);
  batch = (mask) == 3 && hold[0] == 0 && hold[1] == 0;
  WHEN(IN(mask, 0) && hold[0] == 0, grant(u, 0));
  WHEN(IN(mask, 1) && hold[1] == 0, grant(u, 1))
}
#define MAY_HOLD_SEAT(u, mask, seat) (!IN(mask, seat) || hold[seat] == 0 || (HOLDER(seat) == u && LIFE(seat) < GRACE))
#define MAY_HOLD(u, mask) (TRUSTED && !(sold & mask) && \
  MAY_HOLD_SEAT(u, mask, 0) && MAY_HOLD_SEAT(u, mask, 1) && SOME(mask, NO_HOLD))

/* ---- release.lua: seats held by nobody count as released */
#ifdef RELEASE_WHILE_CONFIRMING
#define BLOCKS_RELEASE(mask) 0
#else
#define BLOCKS_RELEASE(mask) BLOCKED(mask)
#endif
#define MAY_RELEASE_SEAT(u, mask, seat) (!IN(mask, seat) || hold[seat] == 0 || HOLDER(seat) == u)
#define MAY_RELEASE(u, mask) (TRUSTED && !(sold & mask) && !BLOCKS_RELEASE(mask) && \
  MAY_RELEASE_SEAT(u, mask, 0) && MAY_RELEASE_SEAT(u, mask, 1) && !EACH(mask, NO_HOLD))

inline let_go(whose, s) {
  assert(hold[s] == 0 || HOLDER(s) == whose);
  hold[s] = 0
}

inline release_script(u, mask) {
  printf("release by user %d of seats %d\n", u, mask);
  WHEN(IN(mask, 0), let_go(u, 0));
  WHEN(IN(mask, 1), let_go(u, 1));
  batch = 0
}

/* ---- extend (issue 8): the first end moves; an expired hold is never revived */
#define MAY_EXTEND_SEAT(u, mask, seat) (!IN(mask, seat) || (HOLDER(seat) == u && LIFE(seat) < GRACE))
#define MAY_EXTEND(u, mask) (TRUSTED && !(sold & mask) && !BLOCKED(mask) && \
  MAY_EXTEND_SEAT(u, mask, 0) && MAY_EXTEND_SEAT(u, mask, 1))

inline extend_script(u, mask) {
  printf("extend by user %d of seats %d\n", u, mask);
  WHEN(IN(mask, 0), hold[0] = (u << 2) + HELD);
  WHEN(IN(mask, 1), hold[1] = (u << 2) + HELD);
  batch = batch && (mask) == 3
}

/* ---- confirm_begin.lua */
#define MAY_ANNOUNCE_SEAT(u, mask, seat) (!IN(mask, seat) || (HOLDER(seat) == u && LIFE(seat) != LAST))
#define MAY_ANNOUNCE(u, mask) (TRUSTED && !(sold & mask) && ANY(UNUSED) && \
  MAY_ANNOUNCE_SEAT(u, mask, 0) && MAY_ANNOUNCE_SEAT(u, mask, 1))

inline announce(w, u, mask) {
  printf("worker %d: confirm_begin by user %d of seats %d\n", w, u, mask);
  attempt[w] = FREE_SLOT;
  step[w] = RECORD;
  user[MINE] = u; seats[MINE] = mask; entry[MINE] = LIVE; in_time[MINE] = 1; owned[MINE] = 1;
  WHEN(IN(mask, 0) && LIFE(0) == HELD, hold[0] = (u << 2) + KEPT);
  WHEN(IN(mask, 1) && LIFE(1) == HELD, hold[1] = (u << 2) + KEPT);
  batch = batch && (mask) == 3;
#ifdef RELEASE_BEFORE_RECORD
  WHEN(IN(mask, 0), hold[0] = 0);
  WHEN(IN(mask, 1), hold[1] = 0);
  batch = 0
#endif
}

/* ---- confirm_finish.lua: entry out, seats sold, own holds let go */
inline let_go_if_mine(w, these, seat) {
  WHEN(IN(these, seat) && HOLDER(seat) == user[attempt[w]], let_go(user[attempt[w]], seat); batch = 0)
}

/* Seats that leave `sold` come back, if ever, at another version. */
#ifdef CANCEL
inline other_version(who, mask) { WHEN(CANCELLING(who), newer[who] = newer[who] & ~(mask)) }
#define UNSOLD(mask) other_version(0, mask); other_version(1, mask)
#else
#define UNSOLD(mask) skip
#endif

inline confirm_finish(w, mask) {
  remove_entry(MINE);
  if
  :: born ->
    sold = sold | (mask);
    WHEN(LOADING(0), newer[0] = newer[0] | (mask));
    WHEN(LOADING(1), newer[1] = newer[1] | (mask))
  :: else
  fi;
  let_go_if_mine(w, mask, 0);
  let_go_if_mine(w, mask, 1);
  gap = gap & ~(mask)
}

/* An attempt whose entry is gone was settled by a load, or forgotten: what it knows may be old. */
#ifdef SETTLE_UNANNOUNCED
#define ANNOUNCED(k) 1
#else
#define ANNOUNCED(k) (entry[k] != OUT)
#endif

inline leave(w) {
  owned[MINE] = 0;
  tidy(MINE);
  rest(w)
}

inline lose_load(whose) { WHEN(LOADING(whose), rest(whose)) }

/* E11000 by another booking: these seats are sold, and we do not know what with. To mark them could show a part of a
 * confirmation, so the board becomes stale instead, and loads that had begun begin again. */
inline confirm_finish_stale(w) {
  remove_entry(MINE);
#ifndef STALE_BY_UNTIL_ALONE
  same_run = 0; /* stale for those too who have waited for a load already: `until` alone is not enough */
#endif
  lose_load(0);
  lose_load(1)
}

#ifdef SETTLE_A_PART
#define LATE_SEAT(u, mask, seat) (!IN(mask, seat) || (HOLDER(seat) == u && LIFE(seat) == LAST))
#define MAY_BE_LATE(u, mask) (TRUSTED && !(sold & mask) && DOCS_OF(u, mask) && \
  LATE_SEAT(u, mask, 0) && LATE_SEAT(u, mask, 1))
inline look_at_late(u, mask) {
  printf("confirm by user %d of seats %d: late, and booked already: confirm_finish\n", u, mask);
  sold = sold | (mask);
  WHEN(LOADING(0), newer[0] = newer[0] | (mask));
  WHEN(LOADING(1), newer[1] = newer[1] | (mask));
  WHEN(IN(mask, 0), let_go(u, 0));
  WHEN(IN(mask, 1), let_go(u, 1));
  batch = 0
}
#endif

/* ---- load: load_begin.lua, read_record, prove_primary, load_merge.lua */
inline load_begin(w) {
  printf("worker %d: load_begin\n", w);
  born = 1;
  lapsed[w] = MASK(IS_LAPSED);
  began_first[1 - w] = LOADING(1 - w);
  step[w] = (same_run && !lapsed[w] -> LOAD_BEGUN : LOAD_MUST_PROVE)
}

inline becomes_majority(at) {
#ifdef CANCEL
  assert(!undone[at]);
#endif
  write[at] = MAJORITY;
  assert(!IN(seats[at], 0) || doc[0] == 0);
  assert(!IN(seats[at], 1) || doc[1] == 0);
  WHEN(IN(seats[at], 0), doc[0] = user[at]);
  WHEN(IN(seats[at], 1), doc[1] = user[at]);
  one_booking = seats[at] == 3;
  WHEN(forgotten[at], gap = gap | seats[at]);
  tidy(at)
}
inline stored_becomes_majority(k) { WHEN(write[k] == STORED, becomes_majority(k)) }

/* ---- cancel: cancel_begin.lua, the move, cancel_finish.lua */
#ifdef CANCEL
#ifdef NO_LOOK_AT_CONFIRMING
#define UNDISTURBED(mask) 1
#else
#define UNDISTURBED(mask) !CONFIRMING(mask)
#endif
#define MAY_CANCEL(u, mask) (TRUSTED && DOCS_OF(u, mask) && (sold & (mask)) == (mask) && UNDISTURBED(mask))

inline cancel_begin(w, u, mask) {
  printf("worker %d: cancel_begin by user %d of seats %d\n", w, u, mask);
  step[w] = CANCEL_BEGUN; attempt[w] = u; view[w] = mask; newer[w] = sold & (mask)
}

/* An insert whose answer was lost is sent again, as long as there is time. */
inline undo(k) {
  WHEN(write[k] == MAJORITY && (seats[k] & cancel_seats), undone[k] = 1)
}
inline sent_again(who) {
  WHEN(step[who] == RECORD && undone[attempt[who]] && write[attempt[who]] == MAJORITY && in_time[attempt[who]],
    write[attempt[who]] = NOTHING)
}

/* Who is at the same seats finds them moved: by its own transaction, or by the other's. */
inline learns_of_move(who) {
  if
  :: step[who] == CANCEL_SENT && view[who] == cancel_seats -> step[who] = CANCEL_MOVED
  :: (step[who] == CANCEL_BEGUN || step[who] == CANCEL_SENT) && (view[who] & cancel_seats) && view[who] != cancel_seats -> rest(who)
  :: step[who] == CANCEL_BEGUN && view[who] == cancel_seats -> rest(who)
  :: else
  fi
}

inline cancelled_by_majority() {
  printf("cancellation of seats %d: by a majority\n", cancel_seats);
  ALL_ATTEMPTS(undo);
  sent_again(0); sent_again(1);
  WHEN(IN(cancel_seats, 0), doc[0] = 0);
  WHEN(IN(cancel_seats, 1), doc[1] = 0);
  one_booking = one_booking && cancel_seats == 3;
  gap = gap & ~cancel_seats;
  ghost = ghost | cancel_seats;
  learns_of_move(0); learns_of_move(1);
  cancel_write = NOTHING; cancel_seats = 0
}

#ifdef ANY_VERSION
#define STILL(w) (view[w] & sold)
#else
#define STILL(w) (view[w] & sold & newer[w])
#endif

inline let_go_cancelled(w, seat) {
  WHEN(IN(STILL(w), seat) && HOLDER(seat) == attempt[w], let_go(attempt[w], seat); batch = 0)
}

inline cancel_finish(w) {
  printf("worker %d: cancel_finish of seats %d, %d of them still stand\n", w, view[w], STILL(w));
  let_go_cancelled(w, 0);
  let_go_cancelled(w, 1);
  if
  :: born ->
#ifndef CANCELLED_UNMARKED
    lose_load(0); lose_load(1);
#endif
    WHEN(view[w] & sold & ~STILL(w), same_run = 0);
    lapsed[w] = STILL(w); /* a place for it */
    sold = sold & ~lapsed[w];
    UNSOLD(lapsed[w])
  :: else
  fi;
  ghost = ghost & ~view[w];
  rest(w)
}
#endif

inline prove_primary(w, next) {
  printf("worker %d: prove_primary\n", w);
  ALL_ATTEMPTS(stored_becomes_majority);
#ifdef CANCEL
  WHEN(cancel_write == STORED, cancelled_by_majority());
#endif
  step[w] = next
}

inline read_record(w, next) {
  printf("worker %d: read_record\n", w);
  view[w] = BOOKED_SEATS;
  step[w] = next
}

inline read_deposed(w, next) {
  printf("worker %d: read_record, from a deposed primary\n", w);
  view[w] = 0;
#ifdef UNTIL
  began_before[w] = began_before[w] || sold_since;
#endif
  step[w] = next
}

#ifdef REPLACE_AT_LOAD
#define FREED(w) (sold & ~view[w])
#else
#define FREED(w) (sold & ~view[w] & ~newer[w])
#endif
#ifdef NO_PROOF
#define MUST_PROVE(w) 0
#else
#define MUST_PROVE(w) (!same_run || FREED(w) || lapsed[w])
#endif
#ifdef CLEAR_ANY_LAPSED
#define CLEARS(w, k) (entry[k] == LAPSED)
#else
#define CLEARS(w, k) IN(lapsed[w], k)
#endif

inline clear_entry(k, w) { WHEN(CLEARS(w, k), remove_entry(k); tidy(k)) }

/* A load that began before this one, and ends after it, does nothing: it may as well be lost now. */
inline load_merge(w) {
  printf("worker %d: load_merge\n", w);
  WHEN(LOADING(1 - w) && began_first[1 - w], rest(1 - w));
  WHEN(LOADING(1 - w), newer[1 - w] = newer[1 - w] | (view[w] & ~sold));
#ifndef FREE_UNMARKED
  WHEN(FREED(w), lose_load(1 - w)); /* it may have read before what this one found */
#endif
  UNSOLD(FREED(w));
  sold = (sold & ~FREED(w)) | view[w];
  gap = gap & ~view[w];
#ifdef CANCEL
  ghost = ghost & (sold | view[1 - w]);
#endif
  ALL_ATTEMPTS_AND(clear_entry, w);
  born = 1;
  same_run = 1;
#ifdef UNTIL
  fresh = !(began_before[w] && sold_since == 2);
  until_before = fresh && began_before[w];
#endif
  rest(w)
}

/* ---- what clients may be told now, by any worker. c: the client whose confirm is refused. */
inline must_not_be_of(k, whose, s) { assert(!(user[k] == whose && IN(seats[k], s) && MAY_LAND(k) && !forgotten[k])) }
#if ATTEMPTS == 3
#define NONE_OF(c, seat) must_not_be_of(0, c, seat); must_not_be_of(1, c, seat); must_not_be_of(2, c, seat)
#else
#define NONE_OF(c, seat) must_not_be_of(0, c, seat); must_not_be_of(1, c, seat)
#endif
/* Held by another: 403. Not held, or so near its end that no confirm fits, with none under way: 410. */
#define REFUSED(c, seat) (HOLDER(seat) != c || (LIFE(seat) == LAST && !CONFIRMING(1 << (seat))))

inline look_at_refusal(c, seat) {
  if
#ifdef BY_THE_LETTER
  :: !IN(sold, seat) && REFUSED(c, seat) -> assert(!(doc[seat] == c && IN(told, seat)) || IN(gap, seat))
#else
  :: !IN(sold, seat) && REFUSED(c, seat) -> assert(doc[seat] != c || IN(gap, seat)); NONE_OF(c, seat)
#endif
  :: else
  fi
}

#ifdef CANCEL
#define GHOST(seat) IN(ghost, seat)
#else
#define GHOST(seat) 0
#endif

inline look_at_seat(here) {
  assert(!IN(sold, here) || doc[here] || GHOST(here));
  assert(IN(sold, here) || hold[here] || MAY_BE_FREE(here));
  look_at_refusal(1, here);
  look_at_refusal(2, here)
}

inline look() {
  printf("look\n");
  ALL_SEATS(look_at_seat);
  assert(!one_booking || IN(sold, 0) == IN(sold, 1));
  assert(!batch || sold || (hold[0] && hold[1]));
  TELL(sold)
}

/* The answer of a confirm whose Redis forgot it, or that was stopped past its deadline, is not counted. */
inline tell_found(w) { WHEN(in_time[MINE] && entry[MINE] == LIVE, TELL(view[w])) }

inline tell_booked(w) {
#ifdef CANCEL
  assert(DOCS_OF(user[MINE], seats[MINE]) || entry[MINE] != LIVE); /* past its deadline it may be cancelled by now */
#else
  assert(DOCS_OF(user[MINE], seats[MINE]));
#endif
  WHEN(!forgotten[MINE], TELL(seats[MINE]))
}

/* ---- one worker: `step` says where it is, so each line is one step from there */
active [2] proctype Worker() {
  byte w = _pid;
  do
  /* Confirm: announce -> record -> settle. */
#define TRY_ANNOUNCE(u, mask) :: d_step { step[w] == IDLE && MAY_ANNOUNCE(u, mask) -> announce(w, u, mask) }
  REQUESTS(TRY_ANNOUNCE)
  :: d_step { step[w] == RECORD && MAY_SEND(MINE) -> printf("worker %d: insert/commit\n", w); write[MINE] = SENT }
  :: d_step { step[w] == RECORD && write[MINE] == MAJORITY -> step[w] = SETTLE_SOLD }
#ifdef ANSWER_AT_ONCE
  :: d_step { step[w] == RECORD && write[MINE] == STORED -> step[w] = SETTLE_SOLD }
#endif
  /* A definite no, as long as no answer was lost before it. */
  :: d_step { step[w] == RECORD && (write[MINE] == NOTHING || write[MINE] == SENT) ->
#ifndef BELIEVE_A_LATER_NO
    write[MINE] = NOTHING; in_time[MINE] = 0;
#endif
    step[w] = SETTLE_REFUSED }
  /* E11000: of a rival, or, where an answer was lost and the insert sent again, our own. An earlier one may be about
   * still. */
  :: d_step { step[w] == RECORD && in_time[MINE] && INDEXED(seats[MINE]) -> printf("worker %d: E11000\n", w);
    step[w] = REVIEW }
  /* review: a majority read, which may see half of a transaction, or, of a deposed primary, nothing. */
  :: d_step { step[w] == REVIEW -> view[w] = BOOKED_SEATS & seats[MINE] & 1; step[w] = REVIEW_HALF }
  :: d_step { step[w] == REVIEW_HALF -> view[w] = view[w] | (BOOKED_SEATS & seats[MINE] & 2);
    printf("worker %d: review: %d\n", w, view[w]);
    step[w] = (view[w] == seats[MINE] && write[MINE] == MAJORITY -> SETTLE_SOLD : SETTLE_FOUND) }
  :: d_step { step[w] == REVIEW -> printf("worker %d: review of a deposed primary\n", w); step[w] = SETTLE_FOUND }
  /* settle, and the answer. Where it is lost the answer is the same. */
  :: d_step { step[w] == SETTLE_SOLD && ANNOUNCED(MINE) -> printf("worker %d: confirm_finish, booked\n", w);
    tell_booked(w); confirm_finish(w, seats[MINE]); leave(w) }
  :: d_step { step[w] == SETTLE_SOLD && !ANNOUNCED(MINE) -> printf("worker %d: confirm_finish, booked, stale\n", w);
    tell_booked(w); confirm_finish_stale(w); leave(w) }
  :: d_step { step[w] == SETTLE_SOLD -> printf("worker %d: confirm_finish lost, booked\n", w);
    tell_booked(w); leave(w) }
  :: d_step { step[w] == SETTLE_REFUSED -> printf("worker %d: confirm_finish, refused\n", w);
    confirm_finish(w, 0); leave(w) }
#ifdef SETTLE_A_PART
  :: d_step { step[w] == SETTLE_FOUND && view[w] -> printf("worker %d: confirm_finish of %d\n", w, view[w]);
    tell_found(w); confirm_finish(w, view[w]); leave(w) }
#else
  :: d_step { step[w] == SETTLE_FOUND && view[w] -> printf("worker %d: confirm_finish, stale\n", w);
    WHEN(write[MINE] == SENT, write[MINE] = NOTHING);
    tell_found(w); confirm_finish_stale(w); leave(w) }
#endif
#ifdef SETTLE_THE_UNSEEN
  :: d_step { step[w] == SETTLE_FOUND && !view[w] -> printf("worker %d: confirm_finish of nothing\n", w);
    confirm_finish(w, 0); leave(w) }
#endif
  /* The rest of confirm's 503s, its lost settles, and deaths in it. */
  :: d_step { step[w] == SETTLE_FOUND -> printf("worker %d: E11000, not settled\n", w); tell_found(w); leave(w) }
  :: d_step { step[w] >= RECORD && step[w] < CANCEL_BEGUN && step[w] != SETTLE_FOUND && step[w] != SETTLE_SOLD ->
    printf("worker %d: confirm ends\n", w); leave(w) }
#ifdef CANCEL
  /* Cancel: ask -> move -> settle. Each may be the last that the worker does. */
#define TRY_CANCEL(u, mask) :: d_step { step[w] == IDLE && MAY_CANCEL(u, mask) -> cancel_begin(w, u, mask) }
  REQUESTS(TRY_CANCEL)
  :: d_step { step[w] == CANCEL_BEGUN && cancel_write == NOTHING -> cancel_write = SENT; cancel_seats = view[w];
    step[w] = CANCEL_SENT }
  :: d_step { step[w] == CANCEL_MOVED -> cancel_finish(w) }
  :: d_step { CANCELLING(w) -> printf("worker %d: cancel ends\n", w); rest(w) }
#endif
  /* Load. */
  :: d_step { step[w] == IDLE -> load_begin(w) }
#ifdef PROOF_AFTER_READ
  :: d_step { step[w] == LOAD_BEGUN -> read_record(w, LOAD_READ) }
  :: d_step { step[w] == LOAD_MUST_PROVE -> read_record(w, LOAD_PROVED) }
#ifdef PROOF_OF_ANOTHER_SERVER
  :: d_step { step[w] == LOAD_MUST_PROVE && BOOKED_SEATS -> read_deposed(w, LOAD_PROVED) }
#endif
  :: d_step { step[w] == LOAD_PROVED -> prove_primary(w, LOAD_READ_PROVED) }
  :: d_step { step[w] == LOAD_READ && MUST_PROVE(w) -> step[w] = LOAD_PROVED }
#else
  :: d_step { step[w] == LOAD_MUST_PROVE -> prove_primary(w, LOAD_PROVED) }
  :: d_step { step[w] == LOAD_PROVED -> read_record(w, LOAD_READ_PROVED) }
#ifdef PROOF_OF_ANOTHER_SERVER
  :: d_step { step[w] == LOAD_PROVED && BOOKED_SEATS -> read_deposed(w, LOAD_READ_PROVED) }
#endif
  :: d_step { step[w] == LOAD_BEGUN -> read_record(w, LOAD_READ) }
  :: d_step { step[w] == LOAD_BEGUN && BOOKED_SEATS -> read_deposed(w, LOAD_READ) }
  :: d_step { step[w] == LOAD_READ && MUST_PROVE(w) -> view[w] = 0; step[w] = LOAD_MUST_PROVE }
#endif
  :: d_step { step[w] == LOAD_READ && !MUST_PROVE(w) -> load_merge(w) }
  :: d_step { step[w] == LOAD_READ_PROVED -> load_merge(w) }
  :: d_step { LOADING(w) -> printf("worker %d: load ends\n", w); rest(w) }
  od
}

/* ---- what takes one script and no load: any worker may be at it */
active proctype Clients() {
  do
#ifdef LOOK_THEN_ACQUIRE
#define TRY_HOLD(u, mask) :: d_step { got_user == 0 && !(BOOKED_SEATS & mask) -> got_user = u; got_seats = mask }
#else
#define TRY_HOLD(u, mask) :: d_step { MAY_HOLD(u, mask) -> hold_script(u, mask) }
#endif
#define TRY_EXTEND(u, mask) :: d_step { MAY_EXTEND(u, mask) -> extend_script(u, mask) }
#ifdef GET_THEN_DEL
#define TRY_RELEASE(u, mask) :: d_step { got_user == 0 && MAY_RELEASE(u, mask) -> got_user = u; got_seats = mask }
#else
#define TRY_RELEASE(u, mask) :: d_step { MAY_RELEASE(u, mask) -> release_script(u, mask) }
#endif
  REQUESTS(TRY_HOLD)
  REQUESTS(TRY_RELEASE)
  REQUESTS(TRY_EXTEND)
  /* Confirmed again: the holds of a sale that was not settled are let go. */
  :: d_step { IN(sold, 0) && hold[0] && HOLDER(0) == doc[0] -> hold[0] = 0; batch = 0 }
  :: d_step { IN(sold, 1) && hold[1] && HOLDER(1) == doc[1] -> hold[1] = 0; batch = 0 }
#ifdef SETTLE_A_PART
#define TRY_LATE(u, mask) :: d_step { MAY_BE_LATE(u, mask) -> look_at_late(u, mask) }
  REQUESTS(TRY_LATE)
#endif
#ifdef GET_THEN_DEL
  :: d_step { got_user -> release_script(got_user, got_seats); got_user = 0; got_seats = 0 }
#endif
#ifdef LOOK_THEN_ACQUIRE
  :: d_step { got_user && !EACH(got_seats, NO_HOLD) -> got_user = 0; got_seats = 0 }
  :: d_step { got_user && EACH(got_seats, NO_HOLD) -> hold_script(got_user, got_seats); got_user = 0; got_seats = 0 }
#endif
#ifdef NEVER
  :: d_step { (NEVER) -> assert(false) } /* can it happen at all? */
#endif
  :: d_step { TRUSTED -> look() }
  od
}

/* ---- time passes */
#ifdef LAPSE_ONE_BY_ONE
#define TOGETHER 0
#else
#define TOGETHER batch
#endif
#ifdef DEADLINE_PAST_HOLD
#define OUTLIVES(mask) 0
#else
#define OUTLIVES(mask) CONFIRMING(mask)
#endif
#define EARLY(seat) (hold[seat] && LIFE(seat) < GRACE)

inline first_end(seat) {
  printf("first end of the hold of seat %d\n", seat);
  hold[seat] = (LIFE(seat) == KEPT -> (HOLDER(seat) << 2) + GRACE : 0)
}
inline last_seconds(seat) { hold[seat] = (HOLDER(seat) << 2) + LAST }
inline last_end(seat) {
  printf("end of the hold of seat %d\n", seat);
  hold[seat] = 0
}

inline deadline(k) {
  printf("deadline of attempt %d\n", k);
  in_time[k] = 0;
  WHEN(write[k] == SENT, write[k] = NOTHING);
#ifdef NO_CONFIRMING
  WHEN(entry[k] == LIVE, entry[k] = OUT);
#else
  WHEN(entry[k] == LIVE, entry[k] = LAPSED);
#endif
  tidy(k)
}

active proctype Clock() {
  do
  :: d_step { EARLY(0) && !TOGETHER -> first_end(0) }
  :: d_step { EARLY(1) && !TOGETHER -> first_end(1) }
  :: d_step { EARLY(0) && TOGETHER -> first_end(0); first_end(1); batch = hold[0] && hold[1] }
  :: d_step { LIFE(0) == GRACE && !TOGETHER -> last_seconds(0) }
  :: d_step { LIFE(1) == GRACE && !TOGETHER -> last_seconds(1) }
  :: d_step { LIFE(0) == GRACE && TOGETHER -> last_seconds(0); last_seconds(1) }
  :: d_step { LIFE(0) >= GRACE && !TOGETHER && !OUTLIVES(1) -> last_end(0) }
  :: d_step { LIFE(1) >= GRACE && !TOGETHER && !OUTLIVES(2) -> last_end(1) }
  :: d_step { LIFE(0) >= GRACE && TOGETHER && !OUTLIVES(3) -> last_end(0); last_end(1); batch = 0 }
#define TRY_DEADLINE(k) :: d_step { in_time[k] || entry[k] == LIVE -> deadline(k) }
  OPTIONS(TRY_DEADLINE)
#ifdef UNTIL
  :: d_step { fresh -> printf("until is past\n"); fresh = 0; until_before = 0 }
  :: d_step { sold_since == 1 && !until_before -> sold_since = 2 }
#endif
  od
}

/* ---- MongoDB */
active proctype Mongo() {
  do
#ifdef NO_INDEX
#define MAY_STORE(k) (write[k] == SENT)
#else
#define MAY_STORE(k) (write[k] == SENT && !INDEXED(seats[k]))
#endif
#ifdef QUICK_MAJORITY
#define TRY_STORE(k) :: d_step { MAY_STORE(k) -> printf("insert of attempt %d: stored by a majority\n", k); \
    becomes_majority(k) }
#else
#define TRY_STORE(k) :: d_step { MAY_STORE(k) -> printf("insert of attempt %d: stored\n", k); write[k] = STORED }
#endif
#define TRY_MAJORITY(k) :: d_step { write[k] == STORED -> printf("insert of attempt %d: by a majority\n", k); \
    becomes_majority(k) }
  /* The primary changes. Where Redis forgot the attempt, sending it again is in the gap. */
#define TRY_ROLL_BACK(k) :: d_step { write[k] == STORED -> printf("insert of attempt %d: rolled back\n", k); \
    write[k] = NOTHING; \
    forgotten[k] = forgotten[k] || (MAY_SEND(k) && entry[k] == OUT); tidy(k) }
  OPTIONS(TRY_STORE)
  OPTIONS(TRY_MAJORITY)
  OPTIONS(TRY_ROLL_BACK)
#ifdef CANCEL
  :: d_step { cancel_write == SENT -> cancel_write = STORED }
  :: d_step { cancel_write == STORED -> cancelled_by_majority() }
  :: d_step { cancel_write == STORED -> printf("cancellation: rolled back\n"); cancel_write = SENT }
  :: d_step { cancel_write == SENT -> printf("cancellation: not done\n"); cancel_write = NOTHING; cancel_seats = 0;
    WHEN(step[0] == CANCEL_SENT, step[0] = CANCEL_BEGUN);
    WHEN(step[1] == CANCEL_SENT, step[1] = CANCEL_BEGUN) }
#endif
#ifdef EXTERNAL
  :: d_step { !INDEXED(1) -> printf("another program sells seat 0\n");
#ifdef UNTIL
    sold_since = 1; until_before = fresh; began_before[0] = LOADING(0); began_before[1] = LOADING(1);
#endif
    doc[0] = OTHER_PROGRAM }
#endif
  od
}

/* ---- Redis forgets */
#ifdef NOTHING_IS_EXCUSED
#define EXCUSE(k) skip
#else
#define EXCUSE(k) WHEN(MAY_SEND(k) || write[k] == SENT, forgotten[k] = 1)
#endif
inline forget(k) {
  EXCUSE(k);
  remove_entry(k);
  tidy(k)
}

inline empty_redis() {
  hold[0] = 0; hold[1] = 0; batch = 0; sold = 0; born = 0; same_run = 0;
#ifdef UNTIL
  fresh = 0; until_before = 0;
#endif
  ALL_ATTEMPTS(forget)
}

/* Any older data at all: more than there can have been does no harm. What goes together in one script goes together
 * here: an attempt's entry and the holds that it lengthened. Time may pass at once, so a hold past its first end need
 * not be among the choices. */
#define LENGTHENED(k, seat) (!IN(seats[k], seat) || (HOLDER(seat) == user[k] && LIFE(seat) == KEPT && !IN(sold, seat)))
inline older_hold(seat) {
  if
  :: skip
  :: hold[seat] = (1 << 2) + HELD
  :: hold[seat] = (1 << 2) + KEPT
  :: hold[seat] = (2 << 2) + HELD
  :: hold[seat] = (2 << 2) + KEPT
  fi
}
inline older_entry(k) {
  if
  :: MAY_LAND(k) && LENGTHENED(k, 0) && LENGTHENED(k, 1) -> entry[k] = LIVE; forgotten[k] = 0
  :: UNUSED(k) && FREE_SLOT == k -> seats[k] = 1; entry[k] = LIVE /* of an attempt long settled */
  :: skip
  fi
}

active proctype Redis() {
  do
#ifdef FLUSHALL
  :: d_step { born -> printf("FLUSHALL\n"); empty_redis();
#ifdef NO_BORN
    newer[0] = 0; newer[1] = 0;
#else
    lose_load(0); lose_load(1);
#endif
    skip }
#endif
#ifdef RESTART
  /* Empty: as FLUSHALL, for what was under way is lost in both cases. */
  :: atomic { born -> printf("Redis restarted, with older data\n");
    d_step { empty_redis(); lose_load(0); lose_load(1); born = 1 };
    ALL_SEATS(older_hold);
    if
    :: sold = BOOKED_SEATS
    :: sold = 0
    fi;
#ifdef TRUST_OTHER_RUN
    same_run = 1;
#endif
    ALL_ATTEMPTS(older_entry) }
#endif
  :: false
  od
}
