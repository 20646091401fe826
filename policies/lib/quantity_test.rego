package plimsoll.lib.quantity_test

import data.plimsoll.lib.quantity.amount

whole := 1000000000

test_digits if amount("5") == 5 * whole

test_numbers if amount(2) == 2 * whole

test_fractional_numbers if amount(0.5) == 500000000

test_small_numbers if amount(0.0000001) == 100

test_decimal_units if {
	amount("3k") == 3000 * whole
	amount("3M") == 3000000 * whole
	amount("3G") == 3000000000 * whole
	amount("3T") == 3000000000000 * whole
	amount("3P") == 3000000000000000 * whole
	amount("3E") == 3000000000000000000 * whole
}

test_binary_units if {
	amount("3Ki") == 3072 * whole
	amount("3Mi") == 3145728 * whole
	amount("3Gi") == 3221225472 * whole
	amount("3Ti") == 3298534883328 * whole
	amount("3Pi") == 3377699720527872 * whole
	amount("3Ei") == 3458764513820540928 * whole
}

test_fractions if {
	amount("1500m") == 1500000000
	amount("100u") == 100000
	amount("100n") == 100
}

test_decimals if {
	amount("1.5Gi") == 1610612736 * whole
	amount("0.1") == 100000000
	amount("0.1m") == 100000
	amount(".5") == 500000000
	amount("5.") == 5 * whole
}

test_exponents if {
	amount("1e3") == 1000 * whole
	amount("1E3") == 1000 * whole
	amount("1.5e+3") == 1500 * whole
	amount("1e-3") == 1000000
}

test_leading_zeros if {
	amount("0100m") == 100000000
	amount("00.10") == 100000000
	amount("1e03") == 1000 * whole
	amount("000") == 0
}

test_plus if amount("+1") == whole

test_finer_than_a_billionth_is_rounded_up if amount("0.1n") == 1

test_spellings_of_the_same_amount if {
	amount("1Gi") == amount("1024Mi")
	amount("1") == amount("1000m")
	amount("1.0") == amount(1)
}

test_a_mebibyte_is_more_than_a_megabyte if amount("1Mi") > amount("1M")

test_no_quantity if {
	every text in texts_that_are_no_quantity {
		not amount(text)
	}
}

texts_that_are_no_quantity := [
	"", "${MEMORY}", "ENC[AES256_GCM,data:b3Y=]", "1K", "1MB", "1mb", "1e", "1e3Mi", "1..5", "1.5.2", "Mi", "m", "i",
	"1mm", "1i", "one", " 1", "1 Gi", "-1", "0x10", "1_000",
]

test_no_scalar if {
	not amount(null)
	not amount(true)
	not amount(["1"])
	not amount({"a": 1})
}

test_negative_number if not amount(-1)
