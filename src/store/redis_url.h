/* REDIS_URL: redis://[user:password@]host[:port][/db] or unix://[user:password@]/path/to/socket[?db=N]. */
#ifndef BO_STORE_REDIS_URL_H
#define BO_STORE_REDIS_URL_H

#include "util/problem.h"

struct bo_redis_url {
  char host[256];     /* "" for a socket */
  int port;           /* 6379 where the URL names none */
  char path[108];     /* "" for TCP; a socket's path, as long as the system allows */
  char user[128];     /* "" for none; percent-decoded */
  char password[512]; /* "" for none; percent-decoded */
  int db;
};

/* MISCONFIGURED, with what is wrong but never the password. */
bool bo_redis_url_parse(const char *text, struct bo_redis_url *out, struct bo_problem *problem) BO_MUST_CHECK;

#endif
