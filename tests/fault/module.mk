# What a run must come through: kills, clocks, damaged and full disks. KILLS=500 makes the first as long as it should be now and then.
FAULT_TESTS = \
	%D%/kill.test \
	%D%/trust.test
TESTS += $(FAULT_TESTS)
EXTRA_DIST += $(FAULT_TESTS)
