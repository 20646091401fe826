module plimsoll/enums

go 1.24
