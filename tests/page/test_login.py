"""Where the site has its own login, the user is whom it says, and not the id that the browser made up."""

from lib.login import PASSWORD, example, nginx_with
from lib.visitor import Visitor


def test_the_user_of_the_site(browser, site, records, show, tmp_path):
    passwords = tmp_path / "htpasswd"
    passwords.write_text(f"alice:{{PLAIN}}{PASSWORD}\n")
    with nginx_with(site, tmp_path, example("login-basic.conf", ("/etc/nginx/boxoffice.htpasswd", str(passwords)))) as guarded:
        visitor = Visitor(browser, guarded, http_credentials={"username": "alice", "password": PASSWORD})
        visitor.open(show)
        visitor.book("S1", "S2")
        records.assert_booked(show, ["S1", "S2"], "alice")
        visitor.page.reload()
        visitor.page.wait_for_selector("#order-number:visible")
        visitor.page.click("#do-cancel")
        visitor.page.click("dialog button[value=cancel]")
        visitor.until_notice("Cancelled")
        assert records.bookings(show) == {}
        visitor.close()
        assert visitor.complaints == []
