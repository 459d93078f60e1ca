package dev.stardust.wallet.testkit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives a JUnit test class a node: parameters of the type {@link Devnet} are filled in. The node starts with the
 * first test of the class and is stopped after the last one. With the system properties {@code stardust.node} and
 * {@code stardust.faucet} (or {@code STARDUST_NODE} and {@code STARDUST_FAUCET}) that node is used instead.
 */
@Documented
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(DevnetExtension.class)
public @interface StardustDevnet {
    /** How often a milestone is issued, such as {@code 500ms}; {@code 0} for milestones by request only. */
    String milestoneInterval() default "200ms";
}
