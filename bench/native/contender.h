/* What a shared object has to export to be measured beside the core, with the heads of requests:
 *
 *     npm run bench:native -- --contender pico=/path/to/libpico.so --contender llhttp=/path/to/libllhttp.so
 *
 * Nothing is vendored. Around picohttpparser, for example:
 *
 *     #include "contender.h"
 *     #include "picohttpparser.h"
 *     int gatewire_bench_parse(char *bytes, size_t length) {
 *       const char *method, *path;
 *       size_t method_length, path_length, count = 64;
 *       int minor;
 *       struct phr_header headers[64];
 *       int used = phr_parse_request(bytes, length, &method, &method_length, &path, &path_length, &minor, headers, &count, 0);
 *       __asm__ volatile("" : : "r"(headers), "r"(method), "r"(path) : "memory");
 *       return used;
 *     }
 *
 *     cc -O3 -msse4.2 -shared -fPIC -I bench/native -o libpico.so adapter.c picohttpparser.c
 *
 * The asm statement says that somebody may look at the result. Without it, a compiler that sees parser and adapter together may leave out
 * what the parser stores, and the figures are those of something else. */
#ifndef GATEWIRE_BENCH_CONTENDER_H
#define GATEWIRE_BENCH_CONTENDER_H
#include <stddef.h>

#ifdef __cplusplus
extern "C"
#endif
/* Parses the request head that stands whole at `bytes`, `length` bytes of it, at an odd address. The result is above 0 when the head is
 * accepted. The bytes belong to this contender, and it may write to them and to 64 more behind them, as long as it accepts them the next
 * time as well. Called from one thread. */
int gatewire_bench_parse(char *bytes, size_t length);

#endif
