"""Negative controls of the faults of Redis, and of workers that are told to leave: with a bug put back, the test that is there
for it must fail."""

import signal

import pytest

from fault import test_redis_down, test_redis_forgets, test_redis_wrong, test_workers


def sold(client, show):
    """As the fixture of test_redis_down.py."""
    return test_redis_down.sold.__wrapped__(client, show)


# The bug: file, what stands there, what stood there; and the test.
CONTROLS = {
    "paused: a connection that timed out is kept": (
        ("src/store/redis.c", "  disconnect(redis);\n  redis->cool_until_ms",
         "  if (redis->context) redis->context->err = 0;\n  redis->cool_until_ms"),
        lambda site, client, records, show: test_redis_down.test_after_a_pause_nobody_gets_anothers_answer(
            site, client, records)),
    "CLIENT PAUSE: a reply is waited for without a bound": (
        ("src/store/redis.c", "if (redisSetTimeout(redis->context, command_limit) != REDIS_OK) return", "if (!command_limit.tv_usec) return"),
        lambda site, client, records, show: test_redis_down.test_client_pause(site, client, show, sold(client, show), "ALL")),
    "killed: nobody connects again": (
        ("src/store/redis.c", "if (!redis->context) return connect_anew(",
         'if (!redis->context && redis->connection) return bo_problem_set(problem, BO_PROBLEM_REDIS_UNAVAILABLE, "lost");\n'
         "  if (!redis->context) return connect_anew("),
        lambda site, client, records, show: test_redis_down.test_killed_and_started_again(
            site, client, records, show, sold(client, show))),
    "emptied: a load takes no sale over": (
        ("src/store/lua/load_merge.lua", "if not on_board[ARGV[i]] then", "if false then"),
        lambda site, client, records, show: test_redis_forgets.test_first_request_after_flushall_is_right(site, client, show)),
    "scripts flushed: EVALSHA, and nothing else": (
        ("src/store/redis.c", "if (!reply || !is_error(reply, \"NOSCRIPT\")) return reply;", "return reply;"),
        lambda site, client, records, show: test_redis_forgets.test_scripts_are_lost(site, client, show)),
    "full: a refusal is taken for an outage": (
        ("src/store/redis.c", "  bo_log(BO_LOG_ERROR, \"redis refused a script: %s\", said);", "  cool_down(redis, problem);"),
        lambda site, client, records, show: test_redis_wrong.test_out_of_memory(site, client, records, show)),
    "no key ends by itself: nor by its time": (
        ("src/store/lua/board.lua", "redis.call('SET', key, value, 'NX', 'PXAT', lapse)",
         "redis.call('SET', key, value, 'NX')"),
        lambda site, client, records, show: test_redis_wrong.test_holds_lapse_by_the_clock(site, client, records, show)),
    "wrong type: it is found out after the first write": (
        ("src/store/lua/hold.lua", "local live = redis.call('ZCOUNT', USER, '(' .. text(now), '+inf')",
         "local live = redis.pcall('ZCOUNT', USER, '(' .. text(now), '+inf')\nif type(live) ~= 'number' then live = 0 end"),
        lambda site, client, records, show: test_redis_wrong.test_key_of_the_wrong_type(
            site, client, records, show, "user:{%s}:%s", "string")),
    "told to leave: the signal comes through in the middle of a body": (
        ("src/http/fcgi_io.c", "sigprocmask(SIG_BLOCK, &blocked, &fcgi->waiting)", "sigprocmask(SIG_BLOCK, NULL, &fcgi->waiting)"),
        lambda site, client, records, show: test_workers.test_told_to_leave_in_the_middle_of_a_request(
            site, show, "body", signal.SIGUSR1)),
    "told to leave: the signal comes through in the middle of an answer": (
        ("src/http/fcgi_io.c", "sigprocmask(SIG_BLOCK, &blocked, &fcgi->waiting)", "sigprocmask(SIG_BLOCK, NULL, &fcgi->waiting)"),
        # A write that has sent a part survives it: not each signal meets one that has not.
        lambda site, client, records, show: [test_workers.test_told_to_leave_while_the_answer_goes_out(site, records, signum)
                                             for signum in test_workers.LEAVE * 5]),
}


@pytest.mark.long
@pytest.mark.parametrize("bug, test", CONTROLS.values(), ids=CONTROLS)
def test_control(site, client, records, show, copy, bug, test):
    with copy.spoilt(*bug) as build:
        site.workers.program = build / "boxoffice-fcgi"
        site.workers.restart()
        site.wait_ready()
        with pytest.raises((AssertionError, OSError)) as caught:  # OSError: of a connection that is closed early
            test(site, client, records, show)
    print(f"caught: {caught.value}")
