"""Negative controls: with a check of ours taken out, the sweep must fail, and say why."""

import itertools
import shutil
import tempfile
from pathlib import Path

import pytest
from boxsite import Site
from lib.shows import Records
from lib.sweep import REQUESTS, sweep
from lib.torture import Failing

# file, what stands there, what stands there with the bug; a request, a kind of call; what the sweep says
BUGS = {
    "no look at what malloc left out": ("src/store/redis.c", 'if (!reply || !is_error(reply, "NOSCRIPT"))',
                                        'if (!is_error(reply, "NOSCRIPT"))',
                                        "summary", "memory", "signal 11 < boxoffice-fcgi"),
    "lost on failure": ("src/store/redis.c", "if (redis->context) redisFree(redis->context);", "",
                        "summary", "memory", "files were open before"),
    "text that ends early": ("src/http/response.c", "bool fine = !text->failed;", "bool fine = true;",
                             "hold", "memory", "Unterminated|Expecting"),
    "no look at a reply": ("src/store/redis.c", "if (reply) return accept_reply(redis, reply, problem);",
                           "return accept_reply(redis, reply, problem);",
                           "summary", "stores", "signal 11 < boxoffice-fcgi"),
    "no look at what was not accepted": ("src/http/fcgi_io.c", "if (status == 0) {", "if (status == 0 || status == -EMFILE) {",
                                         "hold", "street", "ended itself: signal 11"),
    "no look at a body that tore": ("src/http/fcgi_io.c", """  else if (FCGX_GetError(in) != 0 || (request->has_content_length && request->content_length != length))
    request->body_state = BO_BODY_TORN;
  if (request->body_state != BO_BODY_WHOLE)
    length = 0;
  fcgi->body[length] = '\\0';
""", """  if (length == 0)
    length = request->content_length; /* what the request before it left there */
  else
    fcgi->body[length] = '\\0';
""", "hold", "street", "failed: read < libfcgi"),
    "leaves with its client": ("src/worker.c", 'bo_log(BO_LOG_DEBUG, "the client was gone before its answer");', "return false;",
                               "status", "street", r"failed: write < libfcgi.*\n.*has not said why"),
}


@pytest.fixture
def spoilt(copy, request):
    with copy.spoilt(*request.param) as build:
        yield build


@pytest.mark.long
@pytest.mark.parametrize("spoilt, name, kind, says", [(bug[:3], *bug[3:]) for bug in BUGS.values()], ids=list(BUGS),
                         indirect=["spoilt"])
def test_a_bug_is_caught(spoilt, name, kind, says, monkeypatch):
    monkeypatch.setenv("BUILD_DIR", str(spoilt))
    run_dir = Path(tempfile.mkdtemp(prefix="bo-control-", dir="/tmp"))
    try:
        with Site(run_dir, workers=1, env={"BOXOFFICE_BOARD_SECONDS": "3600"}) as site:
            failing, records = Failing(site), Records(site)
            failing.between = 0.005  # a body that comes with its parameters is read with them, and cannot tear
            request = REQUESTS[name](failing, records)
            request.numbers = itertools.count(1000)  # bodies of one length: what is left of the one before is an order, too
            with pytest.raises(AssertionError, match=says):
                sweep(request, kind, range(1, 150))
            failing.close()
            records.close()
    finally:
        shutil.rmtree(run_dir, ignore_errors=True)
