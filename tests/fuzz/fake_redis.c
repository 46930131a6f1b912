/* In the place of hiredis's connections; its reader and its replies are the real ones. */
#include <errno.h>
#include <hiredis/hiredis.h>
#include <strings.h>

#include "tests/fuzz/fuzz.h"

static struct {
  redisReader *reader; /* over all connections; NULL once it met nonsense */
  bool known, slow;
  void *known_reply; /* to the handshake's command that was just sent */
} fake;

void fuzz_redis_begin(struct fuzz_input replies, bool known, bool slow) {
  fake.known = known;
  fake.slow = slow;
  fake.reader = redisReaderCreate();
  FUZZ_REQUIRE(fake.reader != NULL);
  (void)redisReaderFeed(fake.reader, (const char *)replies.at, replies.left);
}

void fuzz_redis_end(void) {
  if (fake.reader != NULL)
    redisReaderFree(fake.reader);
  fake.reader = NULL;
}

static redisContext *connection(void) {
  redisContext *context = calloc(1, sizeof(*context));

  FUZZ_REQUIRE(context != NULL);
  context->reader = fake.reader; /* of whoever listens, and reads by hand */
  return context;
}

redisContext *redisConnectWithTimeout(const char *host, int port, const struct timeval limit) {
  (void)host, (void)port, (void)limit;
  return connection();
}

redisContext *redisConnectUnixWithTimeout(const char *path, const struct timeval limit) {
  (void)path, (void)limit;
  return connection();
}

int redisSetTimeout(redisContext *context, const struct timeval limit) {
  (void)context, (void)limit;
  return REDIS_OK;
}

void redisFree(redisContext *context) { free(context); }

static void *read_text(const char *text) {
  redisReader *reader = redisReaderCreate();
  void *reply = NULL;

  FUZZ_REQUIRE(reader != NULL && redisReaderFeed(reader, text, strlen(text)) == REDIS_OK);
  FUZZ_REQUIRE(redisReaderGetReply(reader, &reply) == REDIS_OK && reply != NULL);
  redisReaderFree(reader);
  return reply;
}

/* A handshake's command as a healthy Redis answers it; NULL for the others. */
static void *known_reply(int argc, const char **argv) {
  static const char info[] = "run_id:0123456789abcdef\r\nmaster_replid:fedcba9876543210\r\nredis_version:7.0.15\r\n"
                             "role:master\r\nmaxmemory_policy:noeviction\r\nloading:0\r\n";
  if (strcmp(argv[0], "INFO") == 0) {
    char bulk[512];

    (void)snprintf(bulk, sizeof(bulk), "$%zu\r\n%s\r\n", sizeof(info) - 1, info);
    return read_text(bulk);
  }
  if (strcmp(argv[0], "SCRIPT") == 0)
    return read_text("$40\r\n0123456789012345678901234567890123456789\r\n");
  if (strcmp(argv[0], "SCAN") == 0 || strcmp(argv[0], "PSUBSCRIBE") == 0)
    return NULL;
  return argc > 0 ? read_text("+OK\r\n") : NULL;
}

static void *broken(redisContext *context, int error, const char *text) {
  context->err = error;
  (void)snprintf(context->errstr, sizeof(context->errstr), "%s", text);
  return NULL;
}

static void *next_reply(redisContext *context) {
  void *reply = NULL;

  if (fake.reader != NULL && redisReaderGetReply(fake.reader, &reply) != REDIS_OK) {
    (void)broken(context, fake.reader->err, fake.reader->errstr);
    fuzz_redis_end();
    return NULL;
  }
  if (reply != NULL)
    return reply;
  errno = fake.slow ? EAGAIN : 0;
  return fake.slow ? broken(context, REDIS_ERR_IO, "no answer") : broken(context, REDIS_ERR_EOF, "closed");
}

/* A script's call comes formatted; the reader looks at all of it. */
int redisAppendFormattedCommand(redisContext *context, const char *command, size_t length) {
  redisReader *reader = redisReaderCreate();
  void *parsed = NULL;

  FUZZ_REQUIRE(context->err == 0 && reader != NULL && redisReaderFeed(reader, command, length) == REDIS_OK);
  FUZZ_REQUIRE(redisReaderGetReply(reader, &parsed) == REDIS_OK && parsed != NULL);
  freeReplyObject(parsed);
  redisReaderFree(reader);
  return REDIS_OK;
}

int redisAppendCommandArgv(redisContext *context, int argc, const char **argv, const size_t *lengths) {
  char *sent = NULL;
  /* Reads every byte of every argument. */
  FUZZ_REQUIRE(context->err == 0 && redisFormatCommandArgv(&sent, argc, argv, lengths) > 0);
  redisFreeCommand(sent);
  fake.known_reply = fake.known ? known_reply(argc, argv) : NULL;
  return REDIS_OK;
}

int redisBufferWrite(redisContext *context, int *done) {
  FUZZ_REQUIRE(context->err == 0);
  *done = 1;
  return REDIS_OK;
}

/* All that is ever to be heard was fed to the reader. */
int redisBufferRead(redisContext *context) {
  FUZZ_REQUIRE(context->err == 0 && context->reader != NULL);
  if (!fake.slow)
    return REDIS_OK;
  (void)broken(context, REDIS_ERR_EOF, "closed");
  return REDIS_ERR;
}

int redisAppendCommand(redisContext *context, const char *format, ...) {
  FUZZ_REQUIRE(context->err == 0 && strcmp(format, "PING") == 0);
  return REDIS_OK;
}

/* The whole of a reply, or a broken connection: there is nothing to be read after it. */
int redisGetReplyFromReader(redisContext *context, void **reply) {
  *reply = fake.known_reply != NULL ? fake.known_reply : next_reply(context);
  fake.known_reply = NULL;
  return *reply != NULL ? REDIS_OK : REDIS_ERR;
}
