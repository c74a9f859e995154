package magma.identity;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Texts of RFC 7468. */
final class Pem {
    static final String CERTIFICATE = "CERTIFICATE";
    static final String KEY = "PRIVATE KEY";
    static final String ENCRYPTED_KEY = "ENCRYPTED PRIVATE KEY";

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----\\s([A-Za-z0-9+/=\\s]*)-----END \\1-----");

    private Pem() {}

    static String encode(String label, byte[] der) {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
    }

    static byte[] bytes(String label, byte[] der) {
        return encode(label, der).getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * All blocks with this label, in order.
     *
     * @param what the text is, for messages
     * @throws IdentityException when there is none, or one that is damaged
     */
    static List<byte[]> decode(String what, String label, byte[] text) throws IdentityException {
        List<byte[]> found = new ArrayList<>();
        Matcher block = BLOCK.matcher(new String(text, StandardCharsets.US_ASCII));
        while (block.find()) {
            if (label.equals(block.group(1))) {
                try {
                    found.add(Base64.getMimeDecoder().decode(String.valueOf(block.group(2))));
                } catch (IllegalArgumentException e) {
                    throw new IdentityException(what + " is damaged: " + e.getMessage(), e);
                }
            }
        }
        if (found.isEmpty()) {
            throw new IdentityException(what + " is damaged: it has no \"" + label + "\"");
        }
        return found;
    }
}
