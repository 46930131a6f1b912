#include "http/query.h"
#include "tests/unit/unit.h"

/* Looks for `u` in the query. */
static bool find(const char *query, char out[64], size_t *length, struct bo_problem *problem) {
  struct bo_arena *arena = bo_arena_new();
  const char *value;
  bool fine = bo_query_find(query, "u", arena, &value, length, problem);

  out[0] = '\0';
  if (fine && value != NULL)
    memcpy(out, value, *length + 1);
  else
    strcpy(out, "(none)");
  bo_arena_free(arena);
  return fine;
}

START_TEST(values_are_found_and_decoded) {
  static const struct {
    const char *query, *value;
  } cases[] = {{"", "(none)"},       {"u", "(none)"},         {"ux=1", "(none)"},       {"x=1&y=u=2", "(none)"},
               {"u=", ""},           {"u=ann", "ann"},        {"a=1&u=ann&b", "ann"},   {"&&u=a", "a"},
               {"u=a+b", "a b"},     {"u=a%20b%2B", "a b+"},  {"u=b%c3%B6rge", "b\xc3\xb6rge"}, {"u=a=b", "a=b"},
               {"U=ann", "(none)"},  {"v=%zz&u=1", "1"}};
  struct bo_problem problem;
  size_t length;
  char out[64];

  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    ck_assert_msg(find(cases[i].query, out, &length, &problem), "%s", cases[i].query);
    ck_assert_msg(strcmp(out, cases[i].value) == 0, "%s: %s", cases[i].query, out);
  }
}
END_TEST

START_TEST(a_nul_may_be_inside) {
  struct bo_problem problem;
  size_t length;
  char out[64];

  ck_assert(find("u=a%00b", out, &length, &problem));
  ck_assert_uint_eq(length, 3);
  ck_assert(memcmp(out, "a\0b", 4) == 0);
}
END_TEST

START_TEST(what_two_readers_could_understand_in_two_ways_is_refused) {
  static const char *const queries[] = {"u=1&u=1", "u=1&x&u=2", "u=%", "u=%4", "u=%4g", "u=%g4", "u=a%4"};
  struct bo_problem problem;
  size_t length;
  char out[64];

  for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
    ck_assert_msg(!find(queries[i], out, &length, &problem), "%s", queries[i]);
    ck_assert_int_eq(problem.code, BO_PROBLEM_MALFORMED);
  }
}
END_TEST

Suite *query_suite(void) {
  Suite *suite = suite_create("query");

  UNIT_CASE(suite, "query", values_are_found_and_decoded, a_nul_may_be_inside,
            what_two_readers_could_understand_in_two_ways_is_refused);
  return suite;
}
