/* The floor of confirmations: clients of libmongoc that insert bookings as the box office writes them, majority and
 * journal, and do nothing else. Several seats are one transaction.
 *
 *   insert_floor URI DATABASE CLIENTS SEATS SECONDS
 *
 * Each client is a process of its own, as a worker is. stdout: the microseconds of each commit, as uint32_t. */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The driver's inline functions convert signs freely; ours do not. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include <mongoc/mongoc.h>
#pragma GCC diagnostic pop

enum { CLIENTS_MAX = 64, SEATS_MAX = 10, SHOW_SEATS = 300 };

struct floor {
  mongoc_client_t *client;
  mongoc_client_session_t *session; /* NULL for one seat */
  mongoc_collection_t *bookings;
  bson_t opts;
  bson_oid_t show;
  int next_seat, n_seats;
};

static int64_t now_us(void) {
  struct timespec now;

  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void die(const char *what, const bson_error_t *error) {
  (void)fprintf(stderr, "insert_floor: %s: %s\n", what, error == NULL ? "failed" : error->message);
  _exit(1); /* without the parent's exit handlers and buffers */
}

static bson_t *new_booking(struct floor *floor, const char *booking_id) {
  int64_t now_ms = (int64_t)time(NULL) * 1000;
  bson_t *doc = bson_new();
  bson_oid_t id;
  char seat[16];

  if (floor->next_seat % SHOW_SEATS == 0)
    bson_oid_init(&floor->show, NULL);
  (void)snprintf(seat, sizeof(seat), "S%d", floor->next_seat++ % SHOW_SEATS + 1);
  bson_oid_init(&id, NULL);
  if (!BSON_APPEND_OID(doc, "_id", &id) || !BSON_APPEND_OID(doc, "showId", &floor->show) ||
      !BSON_APPEND_UTF8(doc, "seatNumber", seat) || !BSON_APPEND_UTF8(doc, "userId", "user-00000001") ||
      !BSON_APPEND_UTF8(doc, "bookingId", booking_id) || !BSON_APPEND_DATE_TIME(doc, "createdAt", now_ms) ||
      !BSON_APPEND_DATE_TIME(doc, "updatedAt", now_ms))
    die("a document", NULL);
  return doc;
}

static void commit(struct floor *floor) {
  const bson_t *docs[SEATS_MAX];
  bson_error_t error;
  bson_oid_t id;
  char booking_id[25];
  bool ok = true;

  bson_oid_init(&id, NULL);
  bson_oid_to_string(&id, booking_id);
  for (int i = 0; i < floor->n_seats; i++)
    docs[i] = new_booking(floor, booking_id);
  if (floor->session != NULL)
    ok = mongoc_client_session_start_transaction(floor->session, NULL, &error);
  ok = ok && mongoc_collection_insert_many(floor->bookings, docs, (size_t)floor->n_seats, &floor->opts, NULL, &error);
  if (ok && floor->session != NULL)
    ok = mongoc_client_session_commit_transaction(floor->session, NULL, &error);
  if (!ok)
    die("insert", &error);
  for (int i = 0; i < floor->n_seats; i++)
    bson_destroy((bson_t *)(uintptr_t)docs[i]);
}

/* The session's default concern is the client's; it goes with the transaction, not with its insert. */
static void begin(struct floor *floor, const char *uri, const char *database) {
  mongoc_write_concern_t *concern = mongoc_write_concern_new();
  bson_error_t error;

  floor->client = mongoc_client_new(uri);
  if (floor->client == NULL)
    die(uri, NULL);
  mongoc_write_concern_set_w(concern, MONGOC_WRITE_CONCERN_W_MAJORITY);
  mongoc_write_concern_set_journal(concern, true);
  mongoc_client_set_write_concern(floor->client, concern);
  mongoc_write_concern_destroy(concern);
  floor->bookings = mongoc_client_get_collection(floor->client, database, "bookings");
  bson_init(&floor->opts);
  if (floor->n_seats > 1) {
    floor->session = mongoc_client_start_session(floor->client, NULL, &error);
    if (floor->session == NULL || !mongoc_client_session_append(floor->session, &floor->opts, &error))
      die("session", &error);
  }
}

static void end(struct floor *floor) {
  if (floor->session != NULL)
    mongoc_client_session_destroy(floor->session);
  mongoc_collection_destroy(floor->bookings);
  mongoc_client_destroy(floor->client);
  bson_destroy(&floor->opts);
}

/* In pieces that a pipe takes whole, so that those of several clients do not mix. */
static void write_all(const uint32_t *numbers, size_t n, int out) {
  enum { PIECE = PIPE_BUF / sizeof(*numbers) };

  for (size_t piece; n > 0; numbers += piece, n -= piece) {
    piece = n < PIECE ? n : PIECE;
    if (write(out, numbers, piece * sizeof(*numbers)) != (ssize_t)(piece * sizeof(*numbers)))
      die("write", NULL);
  }
}

/* Connects, says so on `ready`, waits until `go` is closed, and inserts until the time is up. */
static void run_client(const char *uri, const char *database, int n_seats, int seconds, int ready, int go, int out) {
  struct floor floor = {.n_seats = n_seats};
  size_t n = 0, room = 1u << 20;
  uint32_t *latencies = malloc(room * sizeof(*latencies));
  char byte = 0;
  int64_t stop_us, begun_us;

  mongoc_init();
  begin(&floor, uri, database);
  commit(&floor);
  if (latencies == NULL || write(ready, &byte, 1) != 1 || read(go, &byte, 1) != 0)
    die("start", NULL);
  stop_us = now_us() + (int64_t)seconds * 1000000;
  while ((begun_us = now_us()) < stop_us && n < room) {
    commit(&floor);
    latencies[n++] = (uint32_t)(now_us() - begun_us);
  }
  end(&floor);
  mongoc_cleanup();
  write_all(latencies, n, out);
  free(latencies);
}

static int number(const char *text, int max) {
  char *rest;
  long value = strtol(text, &rest, 10);

  return *rest == '\0' && value >= 1 && value <= max ? (int)value : 0;
}

int main(int argc, char **argv) {
  int n_clients = argc == 6 ? number(argv[3], CLIENTS_MAX) : 0, n_seats = argc == 6 ? number(argv[4], SEATS_MAX) : 0;
  int seconds = argc == 6 ? number(argv[5], 3600) : 0, ready[2], go[2], status, failed = 0;
  char byte;

  if (n_clients == 0 || n_seats == 0 || seconds == 0 || pipe(ready) != 0 || pipe(go) != 0) {
    (void)fprintf(stderr, "usage: insert_floor URI DATABASE CLIENTS SEATS SECONDS\n");
    return 2;
  }
  for (int i = 0; i < n_clients; i++) {
    pid_t pid = fork();

    if (pid < 0)
      return 1;
    if (pid == 0) {
      (void)close(ready[0]);
      (void)close(go[1]);
      run_client(argv[1], argv[2], n_seats, seconds, ready[1], go[0], STDOUT_FILENO);
      _exit(0);
    }
  }
  (void)close(ready[1]);
  (void)close(go[0]);
  for (int i = 0; i < n_clients; i++)
    if (read(ready[0], &byte, 1) != 1)
      failed = 1; /* a client ended before its start */
  (void)close(go[1]);
  while (wait(&status) > 0)
    failed |= status != 0;
  return failed;
}
