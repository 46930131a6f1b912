#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/unit.h"
#include "util/log.h"

/* Tests run in a child process each (Check forks), so descriptor 2 may be bent. */
static int read_end;
static char text[65536];

static void catch_stderr(void) {
  int ends[2];

  ck_assert_int_eq(pipe(ends), 0);
  ck_assert_int_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
  read_end = ends[0];
}

/* One write is one read of a pipe that holds no more. */
static const char *one_line(void) {
  ssize_t length = read(read_end, text, sizeof(text) - 1);

  ck_assert_int_gt(length, 0);
  text[length] = '\0';
  ck_assert_ptr_eq(strchr(text, '\n'), text + length - 1);
  return text;
}

START_TEST(lines_are_json_behind_a_priority) {
  catch_stderr();
  bo_log_set_request("req-12345678", "", "");
  bo_log(BO_LOG_WARNING, "odd \"%s\"", "a\nb\x01\xff");
  ck_assert_int_eq(strncmp(one_line(), "<4>{\"ts\":\"", 10), 0);
  ck_assert_ptr_nonnull(strstr(text, "\"level\":\"warning\""));
  ck_assert_ptr_nonnull(strstr(text, "\"request_id\":\"req-12345678\""));
  ck_assert_ptr_nonnull(strstr(text, "\"msg\":\"odd \\\"a\\nb\\u0001\\ufffd\\\"\"}\n"));
  ck_assert_ptr_null(strstr(text, "trace_id"));
  bo_log_set_request(NULL, NULL, NULL);
  bo_log(BO_LOG_ERROR, "x");
  ck_assert_ptr_null(strstr(one_line(), "request_id"));
}
END_TEST

START_TEST(each_line_of_a_request_names_it_and_its_trace) {
  static const char names[] = ",\"request_id\":\"req-12345678\",\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\","
                              "\"parent_id\":\"00f067aa0ba902b7\",\"msg\":";

  catch_stderr();
  bo_log_set_request("req-12345678", "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
  bo_log(BO_LOG_WARNING, "x");
  ck_assert_ptr_nonnull(strstr(one_line(), names));
  bo_log_request(BO_LOG_INFO, &(struct bo_log_answer){.route = "hold", .status = 200});
  ck_assert_ptr_nonnull(strstr(one_line(), names));
  bo_log_last_words("the worker ends");
  ck_assert_int_eq(strncmp(one_line(), "<3>{\"level\":\"error\",\"pid\":", 26), 0);
  ck_assert_ptr_nonnull(strstr(text, names));
  ck_assert_ptr_nonnull(strstr(text, "\"the worker ends\"}\n"));
}
END_TEST

START_TEST(the_longest_message_is_cut_and_still_a_line) {
  char *message = malloc(100001);

  ck_assert_ptr_nonnull(message);
  memset(message, 1, 100000);
  message[100000] = '\0';
  catch_stderr();
  bo_log(BO_LOG_ERROR, "%s", message);
  ck_assert_int_eq(strcmp(one_line() + strlen(text) - 9, "\\u0001\"}\n"), 0);
  free(message);
}
END_TEST

START_TEST(the_line_of_a_request_has_its_fields) {
  catch_stderr();
  bo_log_request(BO_LOG_INFO, &(struct bo_log_answer){.route = "hold", .status = 409, .code = "seats_unavailable",
                                                      .total_us = 12345, .redis_us = 1000});
  (void)one_line();
  ck_assert_ptr_nonnull(strstr(text, "\"route\":\"hold\",\"status\":409,\"code\":\"seats_unavailable\","
                                     "\"duration_ms\":12.345,\"redis_ms\":1.000,\"mongo_ms\":0.000}\n"));
  bo_log_request(BO_LOG_INFO, &(struct bo_log_answer){.route = "status", .status = 200});
  ck_assert_ptr_null(strstr(one_line(), "code"));
}
END_TEST

START_TEST(that_of_a_slow_one_says_where_the_time_went) {
  catch_stderr();
  bo_log_request(BO_LOG_NOTICE,
                 &(struct bo_log_answer){.route = "status", .status = 200, .total_us = 900000, .redis_us = 100000,
                                         .mongo_us = 500000, .slow = true, .load_us = 550000, .render_us = 7000, .send_us = 3001});
  ck_assert_int_eq(strncmp(one_line(), "<5>", 3), 0);
  ck_assert_ptr_nonnull(strstr(text, "\"duration_ms\":900.000,\"redis_ms\":100.000,\"mongo_ms\":500.000,\"slow\":true,"
                                     "\"render_ms\":7.000,\"send_ms\":3.001,\"other_ms\":289.999,\"load_ms\":550.000}\n"));
}
END_TEST

START_TEST(levels_are_a_threshold) {
  enum bo_log_level level = BO_LOG_DEBUG;

  ck_assert(bo_log_enabled(BO_LOG_INFO) && !bo_log_enabled(BO_LOG_DEBUG)); /* the default */
  ck_assert(bo_log_level_parse("error", &level) && level == BO_LOG_ERROR);
  ck_assert(bo_log_level_parse("debug", &level) && level == BO_LOG_DEBUG);
  ck_assert(!bo_log_level_parse("Error", &level) && !bo_log_level_parse("", &level));
  catch_stderr();
  bo_log_set_level(BO_LOG_ERROR);
  bo_log(BO_LOG_WARNING, "not this");
  bo_log(BO_LOG_ERROR, "but this");
  ck_assert_ptr_nonnull(strstr(one_line(), "but this"));
}
END_TEST

Suite *log_suite(void) {
  Suite *suite = suite_create("log");

  UNIT_CASE(suite, "log", lines_are_json_behind_a_priority, each_line_of_a_request_names_it_and_its_trace,
            the_longest_message_is_cut_and_still_a_line, the_line_of_a_request_has_its_fields,
            that_of_a_slow_one_says_where_the_time_went, levels_are_a_threshold);
  return suite;
}
