package dev.stardust.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The same work measured once in each of several rounds, so that figures of one round met about the same load. Not safe
 * for use by many threads.
 */
final class Rounds {
    private final int count;
    private final List<Cost> costs = new ArrayList<>();

    /** Of work that does so many. */
    Rounds(int count) {
        this.count = count;
    }

    void add(Cost cost) {
        costs.add(cost);
    }

    /** Says what the median round came to. */
    String median() {
        return costs.stream()
                .sorted(Comparator.comparingDouble(Cost::seconds))
                .skip(costs.size() / 2)
                .findFirst()
                .orElseThrow()
                .of(count);
    }

    /** Returns how many times as fast this was as the other in the same round: the median of the rounds. */
    double times(Rounds other) {
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < costs.size(); round++) {
            ratios.add(costs.get(round).rate(count) / other.costs.get(round).rate(other.count));
        }
        return ratios.stream().sorted().skip(ratios.size() / 2).findFirst().orElseThrow();
    }
}
