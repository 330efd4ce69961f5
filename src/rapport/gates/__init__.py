"""Gates: Great Expectations decides what may pass, row by row before load, set by set after."""
