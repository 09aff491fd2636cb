# schema.sql without comments and blank lines, as lines of a C string.
s/ *--.*$//
/^ *$/d
s/.*/"&\\n"/
