/* What the fuzz targets share. A target is one function over bytes: libFuzzer calls it with what it makes up
 * (run.py), replay.c with the files of corpus/<target>/ (make check). It crashes where the code does, and where a
 * result breaks a promise of its header. */
#ifndef BO_TESTS_FUZZ_H
#define BO_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/request.h"
#include "http/response.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As assert, in every build. */
#define FUZZ_REQUIRE(condition)                                                                                        \
  ((condition) ? (void)0 : (fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition), abort()))

/* Bytes, eaten from the front. */
struct fuzz_input {
  const uint8_t *at;
  size_t left;
};

uint8_t fuzz_byte(struct fuzz_input *input); /* 0 at the end */

/* The next `most` bytes, or what is left. */
struct fuzz_input fuzz_take(struct fuzz_input *input, size_t most);

/* All that is left, or what comes before the next NUL; in memory of just its size with a NUL behind it, so that a
 * sanitizer sees who reads further. The caller frees. */
char *fuzz_rest(struct fuzz_input *input, size_t *length);
char *fuzz_text(struct fuzz_input *input);

/* Every byte of a text is there to be read. */
void fuzz_read(const char *text);

/* trouble.c: what goes wrong once in a run, beside what the bytes say: an allocation from an arena fails (fake_arena.c), or
 * time has passed suddenly, beyond each deadline (fake_clock.c). */
enum fuzz_trouble { FUZZ_NO_TROUBLE, FUZZ_NO_MEMORY, FUZZ_NO_TIME };

/* For replay.c, which lets it happen at each place of a run in turn: the nth place of the next run. */
void fuzz_plan(enum fuzz_trouble what, unsigned nth);

/* For a target: from here to the end it may happen; where `nth` is not 0, the bytes say that this allocation fails. */
void fuzz_trouble_begin(unsigned nth);
void fuzz_trouble_end(void);

/* For a fake: is it now? */
bool fuzz_trouble_now(enum fuzz_trouble what);

/* Has it happened in this run? */
bool fuzz_trouble_came(enum fuzz_trouble what);

/* answer.c: is it an answer as doc/api.md promises? Status, head without a smuggled line, body one JSON object; a problem
 * with its code. */
void fuzz_require_answer(const struct bo_request *request, const struct bo_response *response);

/* Is this one whole JSON object, as a strict reader sees it? */
bool fuzz_is_json_object(const char *text, size_t length);

/* fake_redis.c: a Redis whose replies are these bytes, by way of hiredis's own reader. Where `known`, the handshake
 * (AUTH, INFO, SCRIPT LOAD ...) is answered as it should be, without them. After the last byte, or nonsense: the
 * connection is closed, or, where `slow`, no answer comes in time. */
void fuzz_redis_begin(struct fuzz_input replies, bool known, bool slow);
void fuzz_redis_end(void);

/* fake_mongo.c: a MongoDB whose replies are these bytes: 'n' no primary, 'x' the connection breaks, 'a' not let in, any
 * other byte is followed by a document. Where `known`, the questions about the deployment are answered as they should
 * be, without them. After the last byte: a definite no. */
void fuzz_mongo_begin(struct fuzz_input replies, bool known);

/* The command of the last reply, and did the server say yes to it, with nothing wrong? */
struct fuzz_mongo_last {
  char command[32];
  bool fine;
};
extern struct fuzz_mongo_last fuzz_mongo_last;

#endif
