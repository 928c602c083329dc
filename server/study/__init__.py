"""Studies: stimuli that participants see one after the other, described by a file `study.yaml` (web/study/README.md).

yaml_lines    the file as plain values, with the line of each
definition    what a study may say: types and limits
reader        the file as a `Study`, or an error with the line
order         which participant sees the stimuli in which order
plan          what the page shows to one participant
"""
