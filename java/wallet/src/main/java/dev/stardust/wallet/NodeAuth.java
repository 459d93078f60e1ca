package dev.stardust.wallet;

import java.nio.CharBuffer;
import java.util.Arrays;

/** Credentials for a node. The arrays are copied; {@link AccountManagerBuilder#open()} does not wipe them. */
public sealed interface NodeAuth {
    /** HTTP basic authentication. */
    static NodeAuth basic(String username, char[] password) {
        return new Basic(username, password.clone());
    }

    /** A bearer token, such as a JSON web token. */
    static NodeAuth bearer(char[] token) {
        return new Bearer(token.clone());
    }

    /** HTTP basic authentication. */
    final class Basic implements NodeAuth {
        private final String username;
        private final char[] password;

        private Basic(String username, char[] password) {
            this.username = username;
            this.password = password;
        }

        /** Returns the user's name. */
        public String username() {
            return username;
        }

        byte[] utf8() {
            return Secrets.utf8(password);
        }

        /** Whether the core would send it. */
        boolean isSendable() {
            return username.indexOf(':') < 0
                    && username.chars().noneMatch(Character::isISOControl)
                    && CharBuffer.wrap(password).chars().noneMatch(Character::isISOControl);
        }

        /** Wipes the password. */
        public void wipe() {
            Arrays.fill(password, '\0');
        }

        @Override
        public String toString() {
            return "Basic[username=" + username + ", password=redacted]";
        }
    }

    /** A bearer token. */
    final class Bearer implements NodeAuth {
        private final char[] token;

        private Bearer(char[] token) {
            this.token = token;
        }

        byte[] utf8() {
            return Secrets.utf8(token);
        }

        /** Whether the core would send it. */
        boolean isSendable() {
            return token.length > 0 && CharBuffer.wrap(token).chars().allMatch(c -> c > ' ' && c <= '~');
        }

        /** Wipes the token. */
        public void wipe() {
            Arrays.fill(token, '\0');
        }

        @Override
        public String toString() {
            return "Bearer[redacted]";
        }
    }
}
