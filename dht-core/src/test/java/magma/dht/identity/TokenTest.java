package magma.dht.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenTest {
    private static final Instant EXPIRES = Instant.parse("2026-03-01T12:00:00Z");
    private static final Instant BEFORE = EXPIRES.minusSeconds(1);
    private static final String GOLDEN =
            "magma-aeaaaaaaaaaaaaiaaaaaaaaaaabaaaaaaaaaaaadaaaaaaaaaaaaiaibaeaqcaibaeaqcaibaeaqcaicaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaiaaaaaangscuqaaaaaaeaaaaagtcmbogaxdalrrhi2dmmjqaaaaacs3hi5dcxj2gq3dcmklb4ado";

    private static Token token(String... addresses) {
        byte[] secret = new byte[Token.SECRET_BYTES];
        java.util.Arrays.fill(secret, (byte) 1);
        byte[] fingerprint = new byte[Token.FINGERPRINT_BYTES];
        java.util.Arrays.fill(fingerprint, (byte) 2);
        return new Token(new UUID(1, 2), new UUID(3, 4), secret, fingerprint, EXPIRES, List.of(addresses));
    }

    private static TokenException.Kind kind(String text, Instant now) {
        try {
            Token unused = Token.parse(text, now);
            throw new AssertionError("this was read: " + text);
        } catch (TokenException e) {
            return e.kind();
        }
    }

    @Test
    void theTextIsAsItWas() {
        assertThat(token("10.0.0.1:4610", "[::1]:4611").text()).isEqualTo(GOLDEN);
    }

    @Test
    void theTextIsReadAgain() throws TokenException {
        Token token = token("lava.example.org:4610", "[2001:db8::1]:4610");
        Token read = Token.parse(token.text(), BEFORE);
        assertThat(read).usingRecursiveComparison().isEqualTo(token);
        assertThat(read.verifier()).isEqualTo(token.verifier());
    }

    @Test
    void capitalsSpacesAndLineBreaksOfCopyingDoNotMatter() throws TokenException {
        String text = token("10.0.0.1:4610").text();
        String copied = "  " + text.substring(0, 70).toUpperCase(java.util.Locale.ROOT) + "\n    " + text.substring(70)
                + "\r\n";
        assertThat(Token.parse(copied, BEFORE).text()).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "10.0.0.1:4610", "magm", "hello magma-aeaa"})
    void otherTextsAreNoTokens(String text) {
        assertThat(kind(text, BEFORE)).isEqualTo(TokenException.Kind.NO_TOKEN);
    }

    @Test
    void everyChangedLetterIsFound() {
        String text = token("10.0.0.1:4610").text();
        Random random = new Random(1);
        for (int i = "magma-".length(); i < text.length(); i++) {
            char other = "abcdefghijklmnopqrstuvwxyz234567".charAt(random.nextInt(32));
            if (other != text.charAt(i)) {
                String changed = text.substring(0, i) + other + text.substring(i + 1);
                assertThat(kind(changed, BEFORE)).as(changed).isEqualTo(TokenException.Kind.DAMAGED);
            }
        }
    }

    @Test
    void everyMissingEndIsFound() {
        String text = token("10.0.0.1:4610").text();
        for (int length = "magma-".length(); length < text.length(); length++) {
            assertThat(kind(text.substring(0, length), BEFORE)).isEqualTo(TokenException.Kind.DAMAGED);
        }
        assertThat(kind(text + "a", BEFORE)).isEqualTo(TokenException.Kind.DAMAGED);
        assertThat(kind(text.replace('a', '!'), BEFORE)).isEqualTo(TokenException.Kind.NO_TOKEN);
    }

    @Test
    void anExpiredTokenSaysWhenItExpired() {
        String text = token("10.0.0.1:4610").text();
        assertThat(kind(text, EXPIRES)).isEqualTo(TokenException.Kind.EXPIRED);
        assertThatThrownBy(() -> Token.parse(text, EXPIRES))
                .hasMessageContaining("2026-03-01T12:00:00Z")
                .hasMessageContaining("magma invite");
    }

    @Test
    void theSecretIsNotInWhatIsLoggedNorInWhatIsKept() {
        Token token = token("10.0.0.1:4610");
        assertThat(token.toString()).doesNotContain("0101", token.text().substring(60, 80));
        assertThat(token.verifier()).hasSize(32);
        assertThat(Token.verifier(new UUID(9, 9), token.secret())).isNotEqualTo(token.verifier());
    }

    @Test
    void aTokenNeedsAnAddress() {
        assertThatThrownBy(() -> token()).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> token("two words")).isInstanceOf(IllegalArgumentException.class);
    }
}
