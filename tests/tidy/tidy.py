#!/usr/bin/env python3
"""House rules as a test: layers, lengths, banned calls, headers, dead files. One TAP line a rule.

Usage: tidy.py ROOT. Each rule is a function that yields "path:line: what is wrong"."""
import concurrent.futures
import functools
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(sys.argv[1])
SOURCES = sorted(p for d in ("src", "tests", "bench") for p in (ROOT / d).rglob("*.[ch]")
                 if "node_modules" not in p.parts)
TESTED = [p for p in SOURCES if p.relative_to(ROOT).parts[0] != "bench"]  # load tools are no product
PRODUCT = [p for p in SOURCES if p.relative_to(ROOT).parts[0] == "src"]

FILE_LINES_MAX, FUNCTION_LINES_MAX, PARAMETERS_MAX, NESTING_MAX, README_LINES_MAX = 600, 70, 5, 4, 40

# A folder may include from itself and from what stands in earlier lines.
LAYERS = [["base"], ["loop"], ["ipc"], ["sandbox", "conf"], ["worker"],
          ["proto/media", "proto/log", "proto/rtp", "proto/rtsp", "proto/rtc", "proto/http",
           "proto/age", "proto/cmaf", "proto/flac", "proto/mp4", "proto/hls", "proto/hear", "proto/see"],
          ["sound"], ["vault", "front", "rtc", "cam", "transcode", "ear", "eye", "thumb", "convert", "demo", "warden"], ["tools"]]
PROCESSES = {"vault", "front", "rtc", "cam", "transcode", "ear", "eye", "thumb", "convert", "demo", "warden"}

BANNED = {
    r"\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|alloca|atoi|atol|rand|srand)\s*\(": "unbounded or unchecked",
    r"\b(system|popen)\s*\(": "no shell, ever",
    r"\b(sleep|usleep|nanosleep)\s*\(": "nothing sleeps to wait; use the loop",
    r"\b(gmtime|localtime|strerror_r|asctime|ctime)\s*\(": "not re-entrant; use the _r form",
    r"\bpthread_mutex_": "no mutex outside base/queue.c",
}
BANNED_IN_TESTS = {pattern: why for pattern, why in BANNED.items() if "sleep" in pattern}
BANNED_EXCEPT = {("base/queue.c", r"\bpthread_mutex_")}
EXEC = re.compile(r"\b(execv|execve|execvp|execl|execlp|posix_spawn|fexecve)\s*\(")
EXEC_ALLOWED = {"src/warden", "src/tools"}


def name(path):
    return str(path.relative_to(ROOT))


@functools.cache
def lines_of(path):
    return path.read_text(encoding="utf-8").splitlines()


def folder_of(path):
    parts = path.relative_to(ROOT / "src").parts
    return "/".join(parts[:2]) if parts[0] == "proto" else parts[0]


def code_of(line):
    """The line without strings and comments, roughly: enough to find calls."""
    return re.sub(r'"(\\.|[^"\\])*"', '""', re.sub(r"//.*|/\*.*?\*/|^\s*\*.*", "", line))


def files_are_short():
    for path in TESTED:
        count = len(lines_of(path))
        if count > FILE_LINES_MAX:
            yield f"{name(path)}:{count}: {count} lines, at most {FILE_LINES_MAX}"


def functions(path):
    """(first line, last line, head) of each function: a body that opens and closes in column 0."""
    lines, start, head = lines_of(path), None, ""
    for number, line in enumerate(lines, 1):
        if line == "{" and head.rstrip().endswith(")"):
            start = number
        elif line == "}" and start:
            yield start, number, head
            start = None
        if line and not line[0].isspace() and line not in "{}":
            head = line
        elif line.strip():
            head += " " + line.strip()


def functions_are_short():
    for path in TESTED:
        for start, end, head in functions(path):
            if end - start - 1 > FUNCTION_LINES_MAX:
                yield f"{name(path)}:{start}: {end - start - 1} lines, at most {FUNCTION_LINES_MAX}"


def functions_have_few_parameters():
    for path in PRODUCT:
        for start, _end, head in functions(path):
            found = re.search(r"\w+\(((?:[^()]|\([^()]*\))*)\)\s*$", head)
            count = found[1].count(",") + 1 if found else 0
            # ipc_open has what every channel needs; a struct for it would hide nothing
            if count > PARAMETERS_MAX and "src/ipc/" not in name(path):
                yield f"{name(path)}:{start}: {count} parameters, at most {PARAMETERS_MAX}"


def nesting_is_shallow():
    for path in PRODUCT:
        for start, end, _head in functions(path):
            depth = 0
            for number, line in enumerate(lines_of(path)[start:end - 1], start + 1):
                code = code_of(line)
                if code.count("{") > code.count("}") and re.search(r"\b(if|for|while|switch|else|do)\b", code):
                    depth += 1
                    tabs = len(line) - len(line.lstrip("\t"))
                    if tabs > NESTING_MAX:
                        yield f"{name(path)}:{number}: nested {tabs} deep, at most {NESTING_MAX}"


def layers_hold():
    rank = {folder: i for i, row in enumerate(LAYERS) for folder in row}
    for path in PRODUCT:
        own = folder_of(path)
        if own not in rank:
            yield f"{name(path)}:1: the folder {own} has no layer"
            continue
        for number, line in enumerate(lines_of(path), 1):
            found = re.match(r'#\s*include "([^"]+)"', line)
            if not found or found[1].endswith(".inc"):  # made by the build
                continue
            parts = found[1].split("/")
            other = "/".join(parts[:2]) if parts[0] == "proto" else parts[0]
            if other not in rank:
                yield f"{name(path)}:{number}: include by path from src/: {found[1]}"
            elif rank[other] > rank[own] or (other != own and own in PROCESSES and other in PROCESSES):
                yield f"{name(path)}:{number}: {own} may not include from {other}"


def banned_calls_are_absent():
    for path in TESTED:
        banned = BANNED if path in PRODUCT else BANNED_IN_TESTS
        for number, line in enumerate(lines_of(path), 1):
            code = code_of(line)
            for pattern, why in banned.items():
                if re.search(pattern, code) and (name(path).removeprefix("src/"), pattern) not in BANNED_EXCEPT:
                    yield f"{name(path)}:{number}: {re.search(pattern, code)[0]} {why}"
            if EXEC.search(code) and path in PRODUCT and "/".join(name(path).split("/")[:2]) not in EXEC_ALLOWED:
                yield f"{name(path)}:{number}: only the warden starts programs"


def parsers_are_pure():
    forbidden = re.compile(r"\b(malloc|calloc|realloc|free|fopen|open|read|write|recv|send|clock_gettime|time|diag_\w+|fatal|printf|fprintf)\(")
    for path in PRODUCT:
        if folder_of(path).startswith("proto/"):
            for number, line in enumerate(lines_of(path), 1):
                found = forbidden.search(code_of(line))
                if found:
                    yield f"{name(path)}:{number}: a parser does no I/O, logging or allocation: {found[0]}"


def own_header_comes_first():
    for path in PRODUCT:
        header = path.with_suffix(".h")
        if path.suffix != ".c" or not header.exists():
            continue
        includes = [found[1] for found in (re.match(r'#\s*include [<"]([^>"]+)', l) for l in lines_of(path)) if found]
        wanted = str(header.relative_to(ROOT / "src"))
        if not includes or includes[0] != wanted:
            yield f"{name(path)}:1: include {wanted} first"


def compile_header(path):
    run = subprocess.run(["gcc", "-std=gnu11", "-D_GNU_SOURCE", "-fsyntax-only", "-Wall", "-Wextra", f"-I{ROOT}/src",
                          "-include", str(path), "-x", "c", "/dev/null"] , capture_output=True, text=True)
    return None if run.returncode == 0 else f"{name(path)}:1: does not compile alone: {run.stderr.splitlines()[0]}"


def headers_compile_alone():
    headers = [p for p in PRODUCT if p.suffix == ".h"]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        yield from filter(None, pool.map(compile_header, headers))


def nearest_meson(path):
    return next(folder / "meson.build" for folder in path.parents if (folder / "meson.build").exists())


def every_source_is_built():
    """Named in full, or by the end of its name as a word of a loop: 'bytes' for test_bytes.c."""
    for path in TESTED:
        text = re.sub(r"#.*", "", nearest_meson(path).read_text())
        words = [word for word in re.findall(r"'([^']*)'", text) if len(word) > 1]
        if path.suffix == ".c" and not any(word.endswith(path.name) or path.stem.endswith(word) for word in words):
            yield f"{name(path)}:1: no meson.build names it"


def folders_explain_themselves():
    for folder in sorted({(ROOT / "src" / folder_of(p)) for p in PRODUCT}):
        readme = folder / "README.md"
        if not readme.exists():
            yield f"{name(folder)}: has no README.md"
        elif len(lines_of(readme)) > README_LINES_MAX:
            yield f"{name(readme)}: over {README_LINES_MAX} lines"


def parsers_of_outside_bytes_have_a_fuzzer():
    """Each public parse function of proto is named by at least one fuzzer."""
    fuzzers = "\n".join(p.read_text() for p in (ROOT / "tests/fuzz").rglob("*.c"))
    for path in PRODUCT:
        if path.suffix == ".h" and folder_of(path).startswith("proto/"):
            for number, line in enumerate(lines_of(path), 1):
                found = re.match(r"(?:NODISCARD )?(?:int|bool|ssize_t) (\w*_parse\w*)\(", line)
                if found and found[1] not in fuzzers:
                    yield f"{name(path)}:{number}: no fuzzer calls {found[1]}"


def the_message_table_is_documented():
    made = subprocess.run([sys.executable, str(ROOT / "scripts/make-protocol-ipc")], capture_output=True, text=True).stdout
    if made != (ROOT / "docs/protocol-ipc.md").read_text():
        yield "docs/protocol-ipc.md: not current; scripts/make-protocol-ipc >docs/protocol-ipc.md"


RULES = [files_are_short, functions_are_short, functions_have_few_parameters, nesting_is_shallow, layers_hold,
         banned_calls_are_absent, parsers_are_pure, own_header_comes_first, headers_compile_alone,
         every_source_is_built, folders_explain_themselves, parsers_of_outside_bytes_have_a_fuzzer, the_message_table_is_documented]

print(f"1..{len(RULES)}")
for index, rule in enumerate(RULES, 1):
    faults = list(rule())
    print(f"{'not ok' if faults else 'ok'} {index} - {rule.__name__.replace('_', ' ')}")
    for fault in faults:
        print(f"# {fault}")
