package dev.stardust.wallet;

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
