#define _GNU_SOURCE
/* Hyperscan with the patterns of a file, one a line, over a log: the yardstick of `throughput -- generated`.
 *
 *   cc -O2 -o /tmp/hs benches/hyperscan.c -lhs -lpcre2-8
 *   /tmp/hs PATTERNS LOG
 *
 * Blocks of whole lines in block mode, a match for each line and pattern, then the groups of each by PCRE2 with its JIT on the
 * line, as Hyperscan itself has none. Flags that let it work least: one report a pattern and block would miss lines, so that
 * every end of a match is taken and repeats on a line are passed over.
 */
#include <hs/hs.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1 << 20, MOST = 1 << 16 };

static char *text[MOST];
static unsigned flags[MOST], ids[MOST], count;
static pcre2_code *groups[MOST];
static pcre2_match_data *found[MOST];
static const char *block;
static size_t held;
/* The end of the line on which a pattern was seen last: one report a line is enough. */
static size_t seen[MOST];
static unsigned long long hits, captured;

static void fail(const char *what) {
    fprintf(stderr, "hyperscan: %s\n", what);
    exit(2);
}

static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags_of, void *context) {
    (void)from, (void)flags_of, (void)context;
    if (to <= seen[id]) return 0;
    size_t at = to ? to - 1 : 0;
    const char *start = memrchr(block, '\n', at);
    start = start ? start + 1 : block;
    const char *end = memchr(block + at, '\n', held - at);
    end = end ? end : block + held;
    seen[id] = (size_t)(end - block);
    if (!groups[id]) {
        int error;
        PCRE2_SIZE offset;
        groups[id] = pcre2_compile((PCRE2_SPTR)text[id], PCRE2_ZERO_TERMINATED, 0, &error, &offset, NULL);
        if (!groups[id]) fail(text[id]);
        pcre2_jit_compile(groups[id], PCRE2_JIT_COMPLETE);
        found[id] = pcre2_match_data_create_from_pattern(groups[id], NULL);
    }
    int groups_set = pcre2_match(groups[id], (PCRE2_SPTR)start, (size_t)(end - start), 0, 0, found[id], NULL);
    hits++;
    if (groups_set > 0) captured += (unsigned)groups_set;
    return 0;
}

int main(int argc, char **argv) {
    if (argc != 3) fail("usage: hs PATTERNS LOG");
    FILE *patterns = fopen(argv[1], "r"), *log = fopen(argv[2], "r");
    if (!patterns || !log) fail("cannot read");
    size_t room = 0;
    ssize_t length;
    while (count < MOST && (length = getline(&text[count], &room, patterns)) > 0) {
        if (text[count][length - 1] == '\n') text[count][length - 1] = 0;
        flags[count] = HS_FLAG_MULTILINE;
        ids[count] = count;
        count++;
        room = 0;
    }
    hs_database_t *database;
    hs_compile_error_t *error;
    if (hs_compile_multi((const char *const *)text, flags, ids, count, HS_MODE_BLOCK, NULL, &database, &error))
        fail(error->message);
    hs_scratch_t *scratch = NULL;
    if (hs_alloc_scratch(database, &scratch)) fail("no memory");
    char *buffer = malloc(BLOCK);
    size_t filled = 0;
    for (;;) {
        size_t read = fread(buffer + filled, 1, BLOCK - filled, log);
        filled += read;
        if (!filled) break;
        const char *last = read ? memrchr(buffer, '\n', filled) : buffer + filled - 1;
        held = last ? (size_t)(last + 1 - buffer) : filled;
        block = buffer;
        memset(seen, 0, sizeof seen[0] * count);
        if (hs_scan(database, buffer, (unsigned)held, 0, scratch, on_match, NULL)) fail("scanning");
        memmove(buffer, buffer + held, filled - held);
        filled -= held;
    }
    printf("%llu hits, %llu groups\n", hits, captured);
    return 0;
}
