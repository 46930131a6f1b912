/* The header `traceparent` of W3C Trace Context: under which trace, and which step of it, a client calls us. Pure. */
#ifndef BO_HTTP_TRACE_H
#define BO_HTTP_TRACE_H

#include <stdbool.h>

enum { BO_TRACE_ID_LENGTH = 32, BO_PARENT_ID_LENGTH = 16 };

struct bo_trace {
  char trace_id[BO_TRACE_ID_LENGTH + 1]; /* hex digits in lower case; "": the client sent none */
  char parent_id[BO_PARENT_ID_LENGTH + 1];
};

/* Both ids of a well-formed header, by the strict grammar of its version (a later version than 00 may say more behind what
 * 00 has). False, and both are "": it is NULL or ill-formed, and to be ignored. nginx's access log goes by the same
 * rules (nginx/boxoffice/http.conf). */
bool bo_trace_parse(const char *header, struct bo_trace *out);

#endif
