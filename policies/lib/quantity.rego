# METADATA
# description: |
#   Kubernetes quantities, read as apimachinery's resource.Quantity reads them: `500m`, `1.5Gi`, `1e3`, 2.
#   An amount counts billionths, so that it is exact. What is no quantity, or is negative, has no amount:
#   no rule fires on a placeholder such as `${MEMORY}`.
package plimsoll.lib.quantity

# The usual spelling first, digits and a unit: it needs no further function.
amount(value) := to_number(trim_suffix(value, unit)) * scale if {
	unit = trim_left(value, "0123456789")
	scale = units[unit]
	unit != value
	not startswith(value, "0")
} else := parse(value) if {
	is_string(value)
} else := value * 1000000000 if {
	floor(value) == value
	value >= 0
} else := parse(json.marshal(value)) if {
	is_number(value)
}

parse(text) := rounded_up(integer(digits) * scale, parts) if {
	unsigned = trim_prefix(text, "+")
	number = trim_right(unsigned, "numkKMGTPEi")
	unit = trim_prefix(unsigned, number)
	[mantissa, exponent] := scientific(number, unit)
	pieces = split(mantissa, ".")
	count(pieces) <= 2
	digits = concat("", pieces)
	scale = units[unit] * tens[max([exponent, 0])]
	parts = tens[(count(digits) - count(pieces[0])) - min([exponent, 0])]
}

# An exponent stands in the place of a unit.
scientific(number, unit) := [number, 0] if {
	not contains(lower(number), "e")
} else := [mantissa, integer(trim_prefix(exponent, "+"))] if {
	unit == ""
	[mantissa, exponent] := split(lower(number), "e")
	not startswith(exponent, "-")
} else := [mantissa, 0 - integer(trim_prefix(exponent, "-"))] if {
	unit == ""
	[mantissa, exponent] := split(lower(number), "e")
}

rounded_up(total, parts) := total / parts if {
	total % parts == 0
} else := ((total - (total % parts)) / parts) + 1

integer(digits) := 0 if {
	digits != ""
	trim(digits, "0") == ""
} else := to_number(significant) if {
	significant = trim_left(digits, "0")
	trim(significant, "0123456789") == ""
}

# A unit in billionths.
units := {
	"n": 1,
	"u": 1000,
	"m": 1000000,
	"": 1000000000,
	"k": 1000000000000,
	"M": 1000000000000000,
	"G": 1000000000000000000,
	"T": 1000000000000000000000,
	"P": 1000000000000000000000000,
	"E": 1000000000000000000000000000,
	"Ki": 1024000000000,
	"Mi": 1048576000000000,
	"Gi": 1073741824000000000,
	"Ti": 1099511627776000000000,
	"Pi": 1125899906842624000000000,
	"Ei": 1152921504606846976000000000,
}

# tens[n] is ten to the power of n.
tens := [
	1,
	10,
	100,
	1000,
	10000,
	100000,
	1000000,
	10000000,
	100000000,
	1000000000,
	10000000000,
	100000000000,
	1000000000000,
	10000000000000,
	100000000000000,
	1000000000000000,
	10000000000000000,
	100000000000000000,
	1000000000000000000,
]
