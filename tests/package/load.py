"""Clients that hold and read without a pause until standard input ends; then what they were answered, as JSON:
{"200": how often, "an error's text": how often}.   load.py URL SHOW CLIENTS"""

import collections
import http.client
import json
import ssl
import sys
import threading
from urllib.parse import urlsplit

ANSWER_SECONDS = 15


def ask(connection, show, number, turn):
    if turn % 2:
        connection.request("GET", f"/status/{show}")
    else:
        body = json.dumps({"showId": show, "seatNumber": f"S{number + 1}", "userId": f"client-{number}"})
        connection.request("POST", "/hold", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    return str(answer.status)


def client(url, show, number, over, counts):
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection(urlsplit(url).netloc, timeout=ANSWER_SECONDS, context=trusting)
    for turn in range(10**9):
        if over.is_set():
            return
        try:
            counts[number][ask(connection, show, number, turn)] += 1
        except (OSError, http.client.HTTPException) as error:
            counts[number][repr(error)] += 1
            connection.close()


def main(url, show, clients):
    counts, over = [collections.Counter() for _ in range(clients)], threading.Event()
    threads = [threading.Thread(target=client, args=(url, show, number, over, counts)) for number in range(clients)]
    for thread in threads:
        thread.start()
    print("begun", flush=True)
    sys.stdin.read()
    over.set()
    for thread in threads:
        thread.join()
    print(json.dumps(sum(counts, collections.Counter())))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
