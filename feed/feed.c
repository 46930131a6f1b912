#include "feed.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "publisher.h"
#include "shows.h"
#include "store/board.h"
#include "store/redis_watch.h"
#include "util/bounds.h"
#include "util/log.h"

enum {
  ALIVE_MS = 15000,       /* everybody hears something at least so often */
  AGAIN_MS = 500,        /* after a failure */
  REST_MS = 10,          /* after something was heard: what many sales tell is read together, not a wake-up each */
  RESYNC_PAUSE_MS = 1000, /* between two times that everybody reads the map again */
  LOOK_AGAIN_MS = 60000, /* at a show whose keys are not what they should be */
  LOOKS_A_TURN = 10,     /* before what was heard meanwhile is heard */
  WAIT_MS = 1000         /* of one turn, at most */
};

enum { FD_REDIS, FD_SIGNALS };

struct feed {
  struct bo_redis *redis; /* for scripts; the watch has a connection of its own */
  struct bo_watch *watch;
  struct feed_publisher *publisher;
  struct feed_shows *shows;
  struct bo_arena *arena;
  struct bo_buf body; /* of the post under way */
  int signals;        /* a descriptor */
  bool resync;        /* all clients must read their maps again */
  int64_t connect_ms, listen_ms, post_ms; /* not earlier, on the steady clock */
  int64_t resync_ms, alive_ms;
  char cursor[BO_CURSOR_SIZE]; /* of the names of boards; "" where all were seen */
  enum bo_problem_code told;   /* the last trouble that was logged, until it is over */
};

/* Once, until it is over. */
static void log_trouble(struct feed *feed, const struct bo_problem *problem) {
  if (feed->told != problem->code) bo_log(BO_LOG_WARNING, "%s", problem->detail);
  feed->told = problem->code;
}

static void resync_all(struct feed *feed) {
  feed->resync = true;
  feed_shows_forget_changes(feed->shows);
}

/* Whatever was published meanwhile is lost. */
static void lost_redis(struct feed *feed, const struct bo_problem *problem) {
  log_trouble(feed, problem);
  bo_watch_close(feed->watch);
  feed->connect_ms = bo_clock_steady_ms() + AGAIN_MS;
}

/* In this order: what is published from now on is heard, so whoever reads the map after the resync misses nothing. The
 * ends of holds that nobody told us of are with the boards. */
static void connect_redis(struct feed *feed) {
  struct bo_deadline deadline = bo_deadline_in(BO_REQUEST_STEPS_MS);
  struct bo_problem problem = {0};
  if (bo_watch_is_open(feed->watch) || bo_clock_steady_ms() < feed->connect_ms) return;
  if (!bo_watch_open(feed->watch, "seats:*", &deadline, &problem)) {
    lost_redis(feed, &problem);
    return;
  }
  bo_log(BO_LOG_NOTICE, "listening to Redis");
  feed->told = BO_PROBLEM_NONE;
  resync_all(feed);
  feed->cursor[0] = '0';
  feed->cursor[1] = '\0';
}

static void note(struct feed *feed, const struct bo_heard *heard) {
  struct feed_message message;
  char show_id[BO_SHOW_ID_LENGTH + 1];
  int64_t now = bo_clock_steady_ms();
  if (!feed_channel_parse(heard->channel, heard->channel_length, show_id)) {
    bo_log(BO_LOG_DEBUG, "a message on a channel of no show");
  } else if (!feed_message_parse(heard->text, heard->text_length, &message)) {
    bo_log(BO_LOG_DEBUG, "a message that cannot be read, of show %s", show_id);
    if (!feed_shows_resync(feed->shows, show_id, now)) resync_all(feed);
  } else if (!feed_shows_note(feed->shows, show_id, &message, now)) {
    resync_all(feed);
  }
}

static void hear(struct feed *feed, bool readable) {
  struct bo_problem problem = {0};
  struct bo_heard heard;
  bool got = bo_watch_is_open(feed->watch);
  if (!got) return;
  if (readable) {
    if (!bo_watch_read(feed->watch, &problem)) {
      lost_redis(feed, &problem);
      return;
    }
    feed->listen_ms = bo_clock_steady_ms() + REST_MS;
  }
  while (got) {
    if (!bo_watch_next(feed->watch, &heard, &got, &problem)) {
      lost_redis(feed, &problem);
      return;
    }
    if (got) note(feed, &heard);
  }
}

static void found_board(void *context, const char *text, size_t length) {
  struct feed *feed = context;
  char show_id[BO_SHOW_ID_LENGTH + 1];
  if (feed_show_id_parse(text, length, show_id) && !feed_shows_look_at(feed->shows, show_id, bo_clock_steady_ms()))
    bo_log(BO_LOG_WARNING, "too many shows: the lapses of show %s are not told", show_id);
}

/* Is the command's failure Redis's, or that of the keys it met? */
static bool redis_is_well(struct feed *feed, const struct bo_deadline *deadline, struct bo_problem *problem) {
  struct bo_problem now = {0};
  if (bo_redis_check(feed->redis, deadline, &now)) return true;
  *problem = now;
  return false;
}

static bool look_at(struct feed *feed, const char *show_id, struct bo_problem *problem) {
  struct bo_deadline deadline = bo_deadline_in(BO_REQUEST_STEPS_MS);
  int64_t next_ms = LOOK_AGAIN_MS;
  bo_arena_reset(feed->arena);
  if (!bo_board_lapse(feed->redis, show_id, &deadline, feed->arena, &next_ms, problem) &&
      !redis_is_well(feed, &deadline, problem))
    return false;
  if (next_ms >= 0 && !feed_shows_look_at(feed->shows, show_id, bo_clock_steady_ms() + next_ms + 1))
    bo_log(BO_LOG_WARNING, "too many shows: the lapses of show %s are not told", show_id);
  return true;
}

static void scan(struct feed *feed) {
  struct bo_deadline deadline = bo_deadline_in(BO_REQUEST_STEPS_MS);
  struct bo_problem problem = {0};
  if (!feed->cursor[0] || !bo_watch_is_open(feed->watch)) return;
  if (!bo_redis_scan_boards(feed->redis, feed->cursor, found_board, feed, &deadline, &problem)) lost_redis(feed, &problem);
  else if (feed->cursor[0] == '0' && !feed->cursor[1]) feed->cursor[0] = '\0';
}

static void look(struct feed *feed) {
  struct bo_problem problem = {0};
  char show_id[BO_SHOW_ID_LENGTH + 1];
  for (int i = 0; i < LOOKS_A_TURN && bo_watch_is_open(feed->watch); i++) {
    if (!feed_shows_take_look(feed->shows, bo_clock_steady_ms(), show_id)) return;
    if (!look_at(feed, show_id, &problem)) lost_redis(feed, &problem);
  }
}

static void begin_post(struct feed *feed, const char *channel, enum feed_event_kind kind) {
  struct bo_problem problem = {0};
  if (feed_publisher_post(feed->publisher, channel, kind, feed->body.data, feed->body.length, &problem)) return;
  log_trouble(feed, &problem);
  feed->post_ms = bo_clock_steady_ms() + AGAIN_MS;
  resync_all(feed);
}

static void begin_post_to_all(struct feed *feed, enum feed_event_kind kind) {
  bo_buf_reset(&feed->body);
  bo_buf_append_text(&feed->body, "{}");
  feed->alive_ms = bo_clock_steady_ms() + ALIVE_MS; /* an event of one show is nothing to the others */
  begin_post(feed, FEED_CHANNEL_ALL, kind);
}

/* That all is well is said only where Redis says so, too. */
static void begin_alive(struct feed *feed) {
  struct bo_deadline deadline = bo_deadline_in(BO_REQUEST_STEPS_MS);
  struct bo_problem problem = {0};
  if (bo_redis_check(feed->redis, &deadline, &problem)) begin_post_to_all(feed, FEED_EVENT_ALIVE);
  else lost_redis(feed, &problem);
}

static void begin_next_post(struct feed *feed) {
  int64_t now = bo_clock_steady_ms();
  struct feed_event event;
  if (now < feed->post_ms || !bo_watch_is_open(feed->watch)) return;
  if (feed->resync) {
    if (now < feed->resync_ms) return;
    feed->resync = false;
    feed->resync_ms = now + RESYNC_PAUSE_MS;
    feed_shows_forget_changes(feed->shows);
    begin_post_to_all(feed, FEED_EVENT_RESYNC);
  } else if (now >= feed->alive_ms) {
    begin_alive(feed);
  } else if (feed_shows_take_event(feed->shows, now, &event, &feed->body)) {
    if (feed->body.failed) resync_all(feed);
    else begin_post(feed, event.show_id, event.resync ? FEED_EVENT_RESYNC : FEED_EVENT_SEATS);
  }
}

/* Until nothing is to be posted now, or a post takes its time. */
static void post(struct feed *feed) {
  struct bo_problem problem = {0};
  do {
    bool was_busy = feed_publisher_is_busy(feed->publisher);
    if (!feed_publisher_go_on(feed->publisher, &problem)) {
      log_trouble(feed, &problem);
      feed->post_ms = bo_clock_steady_ms() + AGAIN_MS;
      resync_all(feed);
    } else if (was_busy && !feed_publisher_is_busy(feed->publisher) && feed->told == BO_PROBLEM_INTERNAL) {
      bo_log(BO_LOG_NOTICE, "nginx takes posts again");
      feed->told = BO_PROBLEM_NONE;
    }
    if (feed_publisher_is_busy(feed->publisher)) return;
    begin_next_post(feed);
  } while (feed_publisher_is_busy(feed->publisher));
}

static int64_t earlier(int64_t one, int64_t other) { return one < other ? one : other; }
static int64_t later(int64_t one, int64_t other) { return one > other ? one : other; }

static bool rests(const struct feed *feed, int64_t now) { return now < feed->listen_ms; }

static int ms_to_wait(const struct feed *feed, int64_t now) {
  int64_t next = now + WAIT_MS;
  if (!bo_watch_is_open(feed->watch)) return (int)later(0, earlier(next, feed->connect_ms) - now);
  if (feed->cursor[0]) return 0;
  if (rests(feed, now)) next = feed->listen_ms;
  next = earlier(next, feed_shows_next_look_ms(feed->shows));
  if (!feed_publisher_is_busy(feed->publisher)) {
    int64_t event = earlier(feed_shows_next_event_ms(feed->shows), feed->alive_ms);
    next = earlier(next, later(feed->post_ms, feed->resync ? feed->resync_ms : event));
  }
  return (int)later(0, next - now);
}

static void run(struct feed *feed) {
  bool readable[FEED_FDS_MAX] = {false, false};
  while (!readable[FD_SIGNALS]) {
    connect_redis(feed);
    hear(feed, readable[FD_REDIS]);
    scan(feed);
    look(feed);
    post(feed);
    int64_t now = bo_clock_steady_ms(); /* one for both: whoever does not listen waits no longer than the rest lasts */
    const int fds[FEED_FDS_MAX] = {[FD_REDIS] = rests(feed, now) ? -1 : bo_watch_fd(feed->watch), [FD_SIGNALS] = feed->signals};
    feed_publisher_wait(feed->publisher, fds, readable, ms_to_wait(feed, now));
  }
}

/* Signals wait for the loop to come round. */
static int open_signals(void) {
  sigset_t set;
  (void)sigemptyset(&set);
  (void)sigaddset(&set, SIGTERM);
  (void)sigaddset(&set, SIGINT);
  return sigprocmask(SIG_BLOCK, &set, NULL) == 0 && signal(SIGPIPE, SIG_IGN) != SIG_ERR ? signalfd(-1, &set, SFD_CLOEXEC) : -1;
}

bool feed_run(const struct bo_config *config, struct bo_problem *problem) {
  struct feed feed = {.signals = -1};
  bool begun = false;
  bo_buf_init(&feed.body, FEED_EVENT_MAX);
  if (!(feed.redis = bo_redis_new(config->redis_url, problem)) || !(feed.watch = bo_watch_new(config->redis_url, problem)) ||
      !(feed.publisher = feed_publisher_new(config->publish_socket, problem)))
    goto done;
  feed.shows = feed_shows_new();
  feed.arena = bo_arena_new();
  feed.signals = open_signals();
  if (!feed.shows || !feed.arena || feed.signals < 0) {
    bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory to begin with");
    goto done;
  }
  begun = true;
  bo_log(BO_LOG_NOTICE, "the feed is ready");
  run(&feed);
  bo_log(BO_LOG_NOTICE, "the feed leaves");
done:
  if (feed.signals >= 0) (void)close(feed.signals);
  bo_buf_free(&feed.body);
  bo_arena_free(feed.arena);
  feed_shows_free(feed.shows);
  feed_publisher_free(feed.publisher);
  bo_watch_free(feed.watch);
  bo_redis_free(feed.redis);
  return begun;
}
