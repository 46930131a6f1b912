/* The floor of large answers: a FastCGI worker that sends one body, made before the first request, and does nothing
 * else. Started as the real ones are (descriptor 0 listens); FLOOR_BODY names the file, FLOOR_ENCODING its Content-Encoding
 * where it has one. */
#include <fcgiapp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

static char *read_file(const char *path, size_t *length) {
  FILE *file = path == NULL ? NULL : fopen(path, "rb");
  char *bytes = NULL;
  long size = -1;

  if (file != NULL && fseek(file, 0, SEEK_END) == 0)
    size = ftell(file);
  if (size > 0 && size <= INT_MAX && fseek(file, 0, SEEK_SET) == 0)
    bytes = malloc((size_t)size);
  if (bytes != NULL)
    *length = fread(bytes, 1, (size_t)size, file);
  if (file != NULL)
    (void)fclose(file);
  return bytes;
}

int main(void) {
  FCGX_Request request;
  char head[192];
  const char *encoding = getenv("FLOOR_ENCODING");
  size_t length = 0;
  char *body = read_file(getenv("FLOOR_BODY"), &length);

  if (body == NULL || FCGX_Init() != 0 || FCGX_InitRequest(&request, 0, 0) != 0) {
    (void)fprintf(stderr, "floor_fcgi: FLOOR_BODY must name a file, and descriptor 0 must listen\n");
    free(body);
    return 1;
  }
  (void)snprintf(head, sizeof(head), "Content-Type: application/json\r\nContent-Length: %zu\r\n%s%.32s%s\r\n", length,
                 encoding != NULL ? "Content-Encoding: " : "", encoding != NULL ? encoding : "",
                 encoding != NULL ? "\r\n" : "");
  while (FCGX_Accept_r(&request) == 0) {
    FCGX_PutS(head, request.out);
    FCGX_PutStr(body, (int)length, request.out);
    FCGX_Finish_r(&request);
  }
  free(body);
  return 0;
}
