# Versions of the schema, without comments and blank lines, as C strings: one a file (sed --separate).
$a\
,
s/ *--.*$//
/^ *$/d
s/.*/"&\\n"/
