module plimsoll/markers

go 1.24
