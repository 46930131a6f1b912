"""The program on another Debian, and on another kind of machine: no warning, unit tests, a seat held and booked."""

import subprocess

import pytest
from boxsite import Site
from lib.builds import PROGRAMS, UNIT_TESTS
from lib.client import Client, new_user
from lib.debian import code_name, mmdebstrap, run_in, sources_of
from lib.shows import Records
from lib.temporary import temporary_site

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]
TOOLS = ("make", "autoconf", "automake", "autoconf-archive", "pkgconf")
LIBRARIES = ("libfcgi-dev", "libhiredis-dev", "libmongoc-dev", "libbson-dev", "libcurl4-openssl-dev", "libjson-c-dev", "libssl-dev",
             "check")
BUILD = f"""
    cd /src/boxoffice-*/
    autoreconf --install
    mkdir build
    cd build
    ../configure --enable-werror CFLAGS=-O1 %s
    make -k -j2
    make -k -j2 check TESTS='{UNIT_TESTS}' check_PROGRAMS='$(TESTS)' check_LIBRARIES= %s || {{ cat test-suite.log; exit 1; }}"""


def unpack(package, root):
    """The sources that the package was made of."""
    (root / "src").mkdir()
    subprocess.run(["tar", "-C", root / "src", "-xf", next(package[0].parent.glob("boxoffice_*.tar.xz"))], check=True)


@pytest.fixture(scope="module")
def newer(package, tmp_path_factory):
    """The next Debian: hiredis 1, mongo-c-driver 2, and its compiler."""
    root = tmp_path_factory.mktemp("newer") / "root"
    mmdebstrap(root, "forky", ("gcc", *TOOLS, *LIBRARIES), sources=sources_of("forky"))
    unpack(package, root)
    run_in(root, BUILD % ("", ""))
    return root


def libraries(root, program):
    return run_in(root, f"ldd /src/boxoffice-*/build/{program}")


def test_hiredis_1_and_driver_2(newer, monkeypatch, tmp_path):
    """Its programs run here by its own loader."""
    assert "libhiredis.so.1" in libraries(newer, "boxoffice-fcgi") and "libmongoc2.so" in libraries(newer, "boxoffice-fcgi")
    for name in PROGRAMS:
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\nexec {newer}/usr/lib64/ld-linux-x86-64.so.2 --library-path {newer}/usr/lib/x86_64-linux-gnu '
                           f'{next(newer.glob("src/boxoffice-*"))}/build/{name} "$@"\n')
        program.chmod(0o755)
    monkeypatch.setenv("BUILD_DIR", str(tmp_path))
    with temporary_site(Site, workers=2) as site:
        records, client = Records(site), Client(site)
        show, user = records.show(), new_user()
        client.must_buy(show, ["S1", "S2"], user)
        assert set(records.bookings(show)) == {"S1", "S2"}
        assert client.seat_map(show)["S1"] == "booked"
        records.close()


def test_arm64(package, tmp_path):
    """Compiled for it here; its unit tests run under qemu."""
    root = tmp_path / "root"
    mmdebstrap(root, code_name(), ("gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross", "qemu-user", *TOOLS,
                                   *[f"{name}:arm64" for name in LIBRARIES]), "--architectures=amd64,arm64")
    unpack(package, root)
    run_in(root, "export PKG_CONFIG_LIBDIR=/usr/lib/aarch64-linux-gnu/pkgconfig:/usr/share/pkgconfig\n" +
           BUILD % ("--host=aarch64-linux-gnu", "LOG_COMPILER=qemu-aarch64"))
    program = next(root.glob("src/boxoffice-*/build/boxoffice-fcgi"))
    assert "AArch64" in subprocess.run(["readelf", "-h", program], capture_output=True, text=True, check=True).stdout
