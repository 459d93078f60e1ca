package dev.stardust.wallet.testkit;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * A falsehood about what a milestone changed, for {@link DevnetNode#tell}: {@code FalseDiff.of(7).omit(List.of(id))}.
 * The ledger and all other answers stay true. Output ids are 0x-hex. Immutable.
 */
public final class FalseDiff {
    private final ObjectNode diff;

    private FalseDiff(ObjectNode diff) {
        this.diff = diff;
    }

    /** Begins with the milestone; without anything else the truth is told. */
    public static FalseDiff of(long milestone) {
        return new FalseDiff(Json.object().put("index", milestone));
    }

    /** So many answers; all, unless this is called. */
    public FalseDiff times(int count) {
        return new FalseDiff(diff.deepCopy().put("count", count));
    }

    /** These outputs are named neither as created nor as consumed. */
    public FalseDiff omit(List<String> outputIds) {
        return with("omit", outputIds);
    }

    /** These outputs are said to be created as well. */
    public FalseDiff addCreated(List<String> outputIds) {
        return with("addCreated", outputIds);
    }

    /** These outputs are said to be consumed as well. */
    public FalseDiff addConsumed(List<String> outputIds) {
        return with("addConsumed", outputIds);
    }

    /** Every output is named twice. */
    public FalseDiff repeat() {
        return new FalseDiff(diff.deepCopy().put("repeat", true));
    }

    /** The outputs are named in reverse order. */
    public FalseDiff reverse() {
        return new FalseDiff(diff.deepCopy().put("reverse", true));
    }

    /** The changes of another milestone are told instead. */
    public FalseDiff changesOf(long milestone) {
        return new FalseDiff(diff.deepCopy().put("changesOf", milestone));
    }

    /** The answer names another milestone. */
    public FalseDiff namedIndex(long milestone) {
        return new FalseDiff(diff.deepCopy().put("namedIndex", milestone));
    }

    String toJson() {
        return diff.toString();
    }

    private FalseDiff with(String field, List<String> outputIds) {
        ObjectNode changed = diff.deepCopy();
        outputIds.forEach(changed.withArray(field)::add);
        return new FalseDiff(changed);
    }

    @Override
    public String toString() {
        return "FalseDiff" + diff;
    }
}
