"""The transforms: functions in, derivative functions out."""
