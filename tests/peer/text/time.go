package main

import (
	"fmt"
	"time"
)

func timeRows() {
	layouts := []string{time.ANSIC, time.UnixDate, time.RubyDate, time.RFC822, time.RFC822Z, time.RFC850, time.RFC1123, time.RFC1123Z, time.RFC3339, time.RFC3339Nano, time.Kitchen, time.Stamp, time.StampMicro, time.DateTime, "2006-01-02", "02/01/06", "Jan", "January", "Janet", "Monday", "Mondays", "Mon", "Monx", "MST", "Z07", "Z07:00:00", "Z070000", "-07", "-07:00:00", "-070000", "-0700", ".000", ",999", ".0001", "05.00", "05.999999", "__2", "002", "_2", "_2006", "_20", "3:4:5 pm", "03:04 PM", "15h", "1", "2", "6", "06", "", "é2006日", "200", "20060102150405", "0102", "2006-002", "Year 2006 day 2", "hello", "7", "0"}
	zones := []string{"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Sydney", "America/St_Johns", "Africa/Monrovia", "Asia/Kathmandu", "Pacific/Apia", "America/Sao_Paulo"}
	secs := []int64{0, 1, -1, 1700000000, 1720000000, 951782399, 951782400, 4102444800, -2208988800, 2000000000, 1679792400, 1698541200, -62135596800, 253402300799}
	for i, z := range zones {
		loc, err := time.LoadLocation(z)
		if err != nil {
			panic(err)
		}
		for j, s := range secs {
			t := time.Unix(s, int64(j)*10203040).In(loc)
			row("string", z, fmt.Sprint(s), fmt.Sprint(t.Nanosecond()), t.String())
			for k, l := range layouts {
				if i == 0 && j < 4 || (i+j+k)%17 == 0 {
					row("format", z, fmt.Sprint(s), fmt.Sprint(t.Nanosecond()), l, t.Format(l))
				}
			}
		}
		for _, d := range [][6]int{{2024, 3, 31, 2, 30, 0}, {2024, 10, 27, 2, 30, 0}, {2024, 13, 40, 25, 61, 61}, {2023, 0, 0, 0, 0, 0}, {2024, 2, 30, 0, 0, 0}, {-1, -1, -1, -1, -1, -1}, {1890, 6, 1, 12, 0, 0}, {2050, 7, 1, 12, 0, 0}} {
			t := time.Date(d[0], time.Month(d[1]), d[2], d[3], d[4], d[5], 0, loc)
			row("date", z, fmt.Sprint(d[0]), fmt.Sprint(d[1]), fmt.Sprint(d[2]), fmt.Sprint(d[3]), fmt.Sprint(d[4]), fmt.Sprint(d[5]), fmt.Sprint(t.Unix()), t.String())
		}
	}
	for _, x := range [][2]string{{"2006-01-02", "2024-13-01"}, {"2006-01-02", "2024-02-30"}, {"2006-01-02", "abc"}, {"2006-01-02", "2024-01-02x"}, {"15:04", "25:00"}, {"15:04:05", "12:00:61"}, {"Jan _2 2006", "Foo  2 2020"}, {"Jan _2 2006", "jan  2 2020"}, {"Mon", "Xxx"}, {"2006-01-02T15:04:05Z07:00", "2020-01-01T00:00:00"}, {"2006-01-02T15:04:05Z07:00", "2020-01-01T00:00:00+25:00"}, {"3:04PM", "13:00PM"}, {"3:04PM", "12:00AM"}, {"3:04PM", "1:05PM"}, {"3:04PM", "1:05XM"}, {"2006", "20"}, {"002", "400"}, {"002", "060"}, {"2006-002", "2023-366"}, {"2006-002", "2024-366"}, {"2006-002", "2024-060"}, {"2006 __2", "2024   1"},
		{"15:04:05.000", "12:00:00.1"}, {"15:04:05.000", "12:00:00.123"}, {"15:04:05.999", "12:00:00"}, {"15:04:05.999", "12:00:00.123456789123"}, {"15:04:05", "12:00:00.123"}, {"15:04:05", "12:00:00,5"}, {"MST", "X"}, {"MST", "CET"}, {"MST", "UTC"}, {"MST", "GMT+3"}, {"MST", "GMT"}, {"MST", "WITA"}, {"MST", "ABCDT"}, {"MST", "ABCDE"}, {"MST", "+03"}, {"MST", "ChST"}, {"2006-01-02", "\xff\"é\n"}, {"2006-01-02T15:04:05Z07:00", "2020-01-01T24:00:00Z"}, {"2006-01-02T15:04:05Z07:00", "2020-01-01T23:59:59.5Z"}, {"2006-01-02T15:04:05Z07:00", "2020-01-01T23:59:59-03:30"}, {"Z0700", "+0x00"}, {"Z0700", "Z"}, {"Z07", "+05"}, {"-0700", "+0230"}, {"-07:00", "0230"}, {"-07:00", "+0230"},
		{"01/02", "1/2"}, {"1/2", "01/02"}, {"1/2", "1/2"}, {"-07:00:00", "+01:02:60"}, {"-070000", "-010203"}, {"2006-01-02 15:04:05 -0700 MST", "2020-05-06 07:08:09 +0200 CEST"}, {time.RFC1123, "Mon, 02 Jan 2006 15:04:05 MST"}, {time.RFC1123Z, "Mon, 02 Jan 2006 15:04:05 -0700"}, {time.ANSIC, "Mon Jan  2 15:04:05 2006"}, {"06", "68"}, {"06", "69"}, {"6", "6"}, {"  2006", "2006"}, {"2006  x", "2006 x"}, {"2006 x", "2006x"}, {"a2006", "b2006"}, {"", "x"}, {"", ""}, {"2006-01-02", "2020-01-00"}, {"2006-002-01", "2020-040-03"}, {"2006-002-2", "2020-040-3"}, {"2006-002-2", "2020-040-9"}, {"January", "february"}, {"Monday", "tuesday"}, {"2006-01-02", ""}, {"_2 Jan", " 3 Feb"}, {"_2 Jan", "13 Feb"}, {"05", "5"}, {"5", "05"}, {"15", "3"}, {"04", "60"}, {"-07:00", "+00:61"}} {
		t, err := time.Parse(x[0], x[1])
		if err != nil {
			row("parse", x[0], x[1], "", err.Error())
		} else {
			row("parse", x[0], x[1], t.String(), "")
		}
	}
	berlin, _ := time.LoadLocation("Europe/Berlin")
	for _, x := range [][2]string{{"2006-01-02", "2024-07-01"}, {"2006-01-02 MST", "2024-07-01 CEST"}, {"2006-01-02 MST", "2024-07-01 CET"}, {"2006-01-02 MST", "2024-07-01 EST"}, {"2006-01-02 -0700", "2024-07-01 +0200"}, {"2006-01-02 -0700", "2024-07-01 +0100"}, {"2006-01-02 -0700 MST", "2024-07-01 +0200 CEST"}, {"2006-01-02 -0700 MST", "2024-07-01 +0200 XYZ"}} {
		t, err := time.ParseInLocation(x[0], x[1], berlin)
		row("parse_berlin", x[0], x[1], t.String(), errText(err))
	}
	for _, d := range []string{"", "0", "-0", "+0", "1", "1h", "-1.5h", "+5m", "1h2m3s4ms5us6ns", "1µs", "1μs", ".5s", "1.s", ".s", "1x", "h", "3000000h", "-9223372036854775808ns", "9223372036854775808ns", "9223372036854775807ns", "1e3s", "1 h", "1d", "--1s", "1.0000000000000000000001s", "0.3333333333333333333h", "9007199254.740993ms", "1m60s", "100ms", "1.5ms", "0.1ns", "é", "1\"s", "72h3m0.5s"} {
		v, err := time.ParseDuration(d)
		row("duration", d, fmt.Sprint(int64(v)), errText(err))
	}
	for _, d := range []int64{0, 1, -1, 999, 1000, 1001, 1500000, 999999999, 1000000000, 60000000000, 61000000000, 3600000000000, 3661000000001, -3661000000001, 9223372036854775807, -9223372036854775808, 86400000000000, 1100000, 90000000000} {
		row("duration_string", fmt.Sprint(d), time.Duration(d).String())
		for _, m := range []int64{0, -1, 1, 1000, 1000000000, 60000000000, 3600000000000, 7} {
			row("round", fmt.Sprint(d), fmt.Sprint(m), fmt.Sprint(int64(time.Duration(d).Round(time.Duration(m)))), fmt.Sprint(int64(time.Duration(d).Truncate(time.Duration(m)))))
		}
	}
	for _, n := range []string{"", "UTC", "Local", "Nope/X", "../etc", "/etc", "a\\b", "Europe", "Europe/Berlin"} {
		loc, err := time.LoadLocation(n)
		if err != nil {
			row("load", n, "", err.Error())
		} else if n != "Local" {
			row("load", n, loc.String(), "")
		}
	}
}
