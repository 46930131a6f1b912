#include "store/redis_url.h"
#include "tests/unit/unit.h"

static struct bo_redis_url url;
static struct bo_problem problem;

START_TEST(tcp) {
  ck_assert(bo_redis_url_parse("redis://localhost", &url, &problem));
  ck_assert_str_eq(url.host, "localhost");
  ck_assert_int_eq(url.port, 6379);
  ck_assert_int_eq(url.db, 0);
  ck_assert(bo_redis_url_parse("REDIS://ann:p%40ss%3A@[::1]:7000/12", &url, &problem));
  ck_assert_str_eq(url.host, "::1");
  ck_assert_int_eq(url.port, 7000);
  ck_assert_int_eq(url.db, 12);
  ck_assert_str_eq(url.user, "ann");
  ck_assert_str_eq(url.password, "p@ss:");
  ck_assert(bo_redis_url_parse("redis://:secret@10.0.0.1:1/", &url, &problem));
  ck_assert_str_eq(url.user, "");
  ck_assert_str_eq(url.password, "secret");
}
END_TEST

START_TEST(sockets) {
  ck_assert(bo_redis_url_parse("unix:///run/redis/redis.sock?db=3", &url, &problem));
  ck_assert_str_eq(url.path, "/run/redis/redis.sock");
  ck_assert_int_eq(url.db, 3);
  ck_assert(bo_redis_url_parse("unix://ann:secret@/run/r%20s.sock", &url, &problem));
  ck_assert_str_eq(url.path, "/run/r s.sock");
  ck_assert_str_eq(url.password, "secret");
}
END_TEST

START_TEST(what_is_wrong_is_told_without_the_password) {
  static const char *const wrong[] = {
      "", "localhost:6379", "http://secret", "rediss://:secret@h", "redis://", "redis://:secret@", "redis://secret@h",
      "redis://h:secret", "redis://h:0", "redis://h:65536", "redis://h:", "redis://h/secret", "redis://h/0?x=1", "redis://[::1",
      "redis://:secr%00et@h", "redis://:secr%4@h", "unix://secret", "unix://", "unix:///s?secret=1", "unix:///s?db=x",
      "unix:///aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    ck_assert_msg(!bo_redis_url_parse(wrong[i], &url, &problem), "%s", wrong[i]);
    ck_assert_int_eq(problem.code, BO_PROBLEM_MISCONFIGURED);
    ck_assert_ptr_null(strstr(problem.detail, "secret"));
  }
}
END_TEST

Suite *redis_url_suite(void) {
  Suite *suite = suite_create("redis_url");
  UNIT_CASE(suite, "redis_url", tcp, sockets, what_is_wrong_is_told_without_the_password);
  return suite;
}
