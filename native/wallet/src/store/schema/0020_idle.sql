-- What a hot wallet may sweep, by account and age: neither the outputs of other accounts nor those that are too young are read.

DROP INDEX output_sweepable;
CREATE INDEX output_idle ON output (account, milestone_index, amount DESC, milestone_time)
    WHERE class = 'plain' AND spent_index IS NULL AND locked_by IS NULL;
