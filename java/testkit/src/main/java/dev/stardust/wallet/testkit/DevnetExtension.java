package dev.stardust.wallet.testkit;

import java.util.Optional;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/** Starts and stops the node of {@link StardustDevnet}. */
public final class DevnetExtension implements BeforeAllCallback, ParameterResolver {
    /** Made by JUnit. */
    public DevnetExtension() {}

    private static final Namespace NAMESPACE = Namespace.create(DevnetExtension.class);

    @Override
    public void beforeAll(ExtensionContext context) {
        // nested classes use the node of the class around them
        if (context.getStore(NAMESPACE).get(Devnet.class) == null) {
            context.getStore(NAMESPACE).put(Devnet.class, new Node(Devnet.start(interval(context))));
        }
    }

    private static String interval(ExtensionContext context) {
        Optional<StardustDevnet> wish =
                AnnotationSupport.findAnnotation(context.getRequiredTestClass(), StardustDevnet.class);
        return wish.map(StardustDevnet::milestoneInterval).orElse("200ms");
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Devnet.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Node node = context.getStore(NAMESPACE).get(Devnet.class, Node.class);
        if (node == null) {
            throw new IllegalStateException("there is no node before the first test");
        }
        return node.devnet();
    }

    /** What JUnit closes at the end of the class. */
    private record Node(Devnet devnet) implements AutoCloseable {
        @Override
        public void close() {
            devnet.close();
        }
    }
}
