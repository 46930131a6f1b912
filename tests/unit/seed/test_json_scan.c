#include "seed/json_scan.h"
#include "tests/unit/unit.h"


START_TEST(good_text_passes) {
  static const char *const good[] = {"[]", " {} ", "1", "\"\"", "[1, -2.5e3, true, false, null, \"a\\\"b\\\\\"]",
                                     "{\"a\": {\"b\": []}, \"b\": {\"a\": 1}}\n"};
  size_t at;
  const char *what;
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
    ck_assert_msg(seed_json_check(good[i], strlen(good[i]), &at, &what), "%s: %s", good[i], what);
}
END_TEST

START_TEST(mistakes_are_found_on_their_line) {
  static const struct {
    const char *text;
    size_t line;
  } bad[] = {{"", 1},
             {"\n\n", 3},
             {"[1,\n2", 2},
             {"[1,\n]", 2},
             {"[\n1 2]", 2},
             {"{\"a\": 1,\n\"b\" 2}", 2},
             {"{\"a\": 1,\n\"c\": 3,\n\"a\": 2}", 3},
             {"{\"a\": 1,\n\"c\": 3,\n\"\\u0061\": 2}", 3},
             {"{\"a\": 1,\n\"c\\\"\": 3}", 2},
             {"{\"a\": 1\n}\nx", 3},
             {"{'a': 1}", 1},
             {"[\nNaN]", 2},
             {"[\n\"abc]", 2},
             {"[\n\"ab\nc\"]", 2},
             {"[\n\"a\\u0000\"]", 2},
             {"[\n\"a\tb\"]", 2},
             {"[\n\"a\\", 2}};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    size_t at;
    const char *what = NULL;
    ck_assert_msg(!seed_json_check(bad[i].text, strlen(bad[i].text), &at, &what), "accepted: %s", bad[i].text);
    ck_assert_ptr_nonnull(what);
    ck_assert_msg(seed_json_line(bad[i].text, at) == bad[i].line, "%s: line %zu", bad[i].text,
                  seed_json_line(bad[i].text, at));
  }
}
END_TEST

START_TEST(nesting_is_bounded) {
  char text[20000];
  size_t at;
  const char *what;
  memset(text, '[', sizeof text);
  ck_assert(!seed_json_check(text, sizeof text, &at, &what));
  ck_assert_str_eq(what, "nested too deeply");
}
END_TEST

START_TEST(paths_lead_to_their_values) {
  static const char text[] = "[{\"a\": 1},\n {\"b\": [10,\n  {\"c\": \"x\"}],\n  \"d\": \"}\"}]";
  static const struct {
    const char *path;
    char begins;
    size_t line;
  } cases[] = {{"", '[', 1},        {"[0]", '{', 1},         {"[0].a", '1', 1},    {"[1]", '{', 2},
               {"[1].b", '[', 2},   {"[1].b[0]", '1', 2},    {"[1].b[1]", '{', 3}, {"[1].b[1].c", '"', 3},
               {"[1].d", '"', 4},   {"[1].missing", '{', 2}, {"[7]", '[', 1},      {"[1].b[1].c.deeper", '"', 3},
               {"[1].b[9]", '[', 2}};
  size_t at;
  const char *what;
  ck_assert(seed_json_check(text, strlen(text), &at, &what));
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    at = seed_json_locate(text, strlen(text), cases[i].path);
    ck_assert_msg(text[at] == cases[i].begins, "%s: at \"%s\"", cases[i].path, text + at);
    ck_assert_msg(seed_json_line(text, at) == cases[i].line, "%s: line %zu", cases[i].path, seed_json_line(text, at));
  }
}
END_TEST

Suite *json_scan_suite(void) {
  Suite *suite = suite_create("json_scan");
  UNIT_CASE(suite, "scan", good_text_passes, mistakes_are_found_on_their_line, nesting_is_bounded,
            paths_lead_to_their_values);
  return suite;
}
