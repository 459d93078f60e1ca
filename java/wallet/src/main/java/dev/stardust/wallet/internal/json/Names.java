package dev.stardust.wallet.internal.json;

import java.util.Locale;

/** The names of constants: camel case in messages, upper case in Java. */
public final class Names {
    private Names() {}

    /** Returns {@code CATCHING_UP} as {@code catchingUp}. */
    public static String camel(Enum<?> constant) {
        StringBuilder out = new StringBuilder();
        for (String word : constant.name().split("_", -1)) {
            String lower = word.toLowerCase(Locale.ROOT);
            out.append(out.isEmpty() ? lower : word.charAt(0) + lower.substring(1));
        }
        return out.toString();
    }

    /** Returns {@code catchingUp} as {@code CATCHING_UP}. */
    public static String upper(String camel) {
        StringBuilder out = new StringBuilder(camel.length() + 4);
        for (int i = 0; i < camel.length(); i++) {
            char c = camel.charAt(i);
            if (Character.isUpperCase(c) && i > 0) {
                out.append('_');
            }
            out.append(c);
        }
        return out.toString().toUpperCase(Locale.ROOT);
    }
}
