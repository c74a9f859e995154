package magma.dht.council;

import java.util.ArrayList;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.codec.MalformedException;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import magma.dht.slice.SliceMap;

/** The bytes of commands: one byte for the kind, the command's id, then its fields. They rest in the council's log. */
final class CommandCodec {
    private static final int CHANGE_SLICES = 1;
    private static final int ADD_MEMBER = 2;
    private static final int EXPEL_MEMBER = 3;
    private static final int MEMBER_STARTED = 4;
    private static final int MEMBER_DIED = 5;
    private static final int REPORT_SPACE = 6;
    private static final int PLACE = 7;
    private static final int SET_VOTERS = 8;
    private static final int OPEN_SESSION = 9;
    private static final int ATTACH_SESSION = 10;
    private static final int END_SESSIONS = 11;
    private static final int ISSUE_TOKEN = 12;
    private static final int REDEEM_TOKEN = 13;
    private static final int REVOKE = 14;
    private static final int RAISE_FEATURE_LEVEL = 15;
    private static final int SET_REPLICAS_WANTED = 16;
    private static final int SET_AUTHORITY = 17;
    private static final int RENAME = 18;
    private static final int CERTIFIED = 19;

    private CommandCodec() {}

    static byte[] encode(CouncilCommand command) {
        Encoder to = new Encoder();
        if (!writeOfSlices(to, command) && !writeOfMembers(to, command) && !writeOfSessions(to, command)) {
            writeOfNetwork(to, command);
        }
        return to.toBytes();
    }

    private static boolean writeOfSlices(Encoder to, CouncilCommand command) {
        if (command instanceof CouncilCommand.ChangeSlices c) {
            head(to, CHANGE_SLICES, c)
                    .list(
                            new ArrayList<>(c.next().entrySet()),
                            (e, next) -> SliceConfigs.write(e.i64(next.getKey()), next.getValue()));
        } else if (command instanceof CouncilCommand.Place c) {
            head(to, PLACE, c)
                    .list(
                            new ArrayList<>(c.replicas().entrySet()),
                            (e, place) -> Fields.ids(e.i64(place.getKey()), place.getValue()));
        } else {
            return false;
        }
        return true;
    }

    private static boolean writeOfMembers(Encoder to, CouncilCommand command) {
        if (command instanceof CouncilCommand.AddMember c) {
            c.member().write(head(to, ADD_MEMBER, c));
        } else if (command instanceof CouncilCommand.ExpelMember c) {
            Fields.id(head(to, EXPEL_MEMBER, c), c.member())
                    .ordinal(c.how())
                    .list(new ArrayList<>(c.serials()), Encoder::text);
        } else if (command instanceof CouncilCommand.MemberStarted c) {
            Fields.id(head(to, MEMBER_STARTED, c), c.member())
                    .i64(c.incarnation())
                    .text(c.address())
                    .text(c.version())
                    .i32(c.featureLevel());
        } else if (command instanceof CouncilCommand.MemberDied c) {
            Fields.id(head(to, MEMBER_DIED, c), c.member()).i64(c.incarnation());
        } else if (command instanceof CouncilCommand.ReportSpace c) {
            Fields.id(head(to, REPORT_SPACE, c), c.member())
                    .i64(c.capacityBytes())
                    .i64(c.freeBytes());
        } else if (command instanceof CouncilCommand.SetVoters c) {
            Fields.ids(head(to, SET_VOTERS, c), c.voters());
        } else {
            return false;
        }
        return true;
    }

    private static boolean writeOfSessions(Encoder to, CouncilCommand command) {
        if (command instanceof CouncilCommand.OpenSession c) {
            Fields.id(Fields.uuid(head(to, OPEN_SESSION, c), c.session()), c.front())
                    .i64(c.boundToIncarnation());
        } else if (command instanceof CouncilCommand.AttachSession c) {
            Fields.id(Fields.uuid(head(to, ATTACH_SESSION, c), c.session()), c.front())
                    .i64(c.expectedGeneration());
        } else if (command instanceof CouncilCommand.EndSessions c) {
            head(to, END_SESSIONS, c).list(c.sessions(), Fields::uuid);
        } else {
            return false;
        }
        return true;
    }

    private static void writeOfNetwork(Encoder to, CouncilCommand command) {
        if (command instanceof CouncilCommand.IssueToken c) {
            head(to, ISSUE_TOKEN, c)
                    .text(c.token())
                    .bytes(c.secretHash())
                    .text(c.role())
                    .bytes(c.claims())
                    .i64(c.expiresAt())
                    .i64(c.now());
        } else if (command instanceof CouncilCommand.RedeemToken c) {
            head(to, REDEEM_TOKEN, c)
                    .text(c.token())
                    .bytes(c.secretHash())
                    .i64(c.now())
                    .text(c.by());
        } else if (command instanceof CouncilCommand.Revoke c) {
            head(to, REVOKE, c).text(c.serial());
        } else if (command instanceof CouncilCommand.RaiseFeatureLevel c) {
            head(to, RAISE_FEATURE_LEVEL, c).i32(c.level());
        } else if (command instanceof CouncilCommand.SetReplicasWanted c) {
            head(to, SET_REPLICAS_WANTED, c).i32(c.replicas());
        } else if (command instanceof CouncilCommand.SetAuthority c) {
            head(to, SET_AUTHORITY, c).bytes(c.authority());
        } else if (command instanceof CouncilCommand.Certified c) {
            c.certificate().write(head(to, CERTIFIED, c).text(c.serial()).i64(c.now()));
        } else if (command instanceof CouncilCommand.Rename c) {
            head(to, RENAME, c).text(c.name());
        } else {
            throw new IllegalArgumentException("no code for " + command);
        }
    }

    private static Encoder head(Encoder to, int code, CouncilCommand command) {
        return Fields.uuid(to.u8(code), command.id().uuid());
    }

    static CouncilCommand decode(byte[] bytes) {
        return Decoder.decode("council command", bytes, CommandCodec::read);
    }

    private static CouncilCommand read(Decoder from) {
        int code = from.u8();
        CommandId id = new CommandId(Fields.uuid(from));
        return switch (code) {
            case CHANGE_SLICES -> new CouncilCommand.ChangeSlices(id, readConfigs(from));
            case ADD_MEMBER -> new CouncilCommand.AddMember(id, Member.read(from));
            case EXPEL_MEMBER ->
                new CouncilCommand.ExpelMember(
                        id, Fields.id(from), from.ordinal(MemberState.values()), readSerials(from));
            case MEMBER_STARTED ->
                new CouncilCommand.MemberStarted(
                        id,
                        Fields.id(from),
                        from.i64(),
                        from.text(Fields.MAX_ADDRESS),
                        from.text(Fields.MAX_RELEASE),
                        from.i32());
            case MEMBER_DIED -> new CouncilCommand.MemberDied(id, Fields.id(from), from.i64());
            case REPORT_SPACE -> new CouncilCommand.ReportSpace(id, Fields.id(from), from.i64(), from.i64());
            case PLACE -> new CouncilCommand.Place(id, readPlaces(from));
            case SET_VOTERS -> new CouncilCommand.SetVoters(id, Fields.ids(from));
            case OPEN_SESSION -> new CouncilCommand.OpenSession(id, Fields.uuid(from), Fields.id(from), from.i64());
            case ATTACH_SESSION -> new CouncilCommand.AttachSession(id, Fields.uuid(from), Fields.id(from), from.i64());
            case END_SESSIONS ->
                new CouncilCommand.EndSessions(id, from.list(Fields.MAX_SESSIONS, Fields.UUID_BYTES, Fields::uuid));
            default -> readOfNetwork(code, id, from);
        };
    }

    private static CouncilCommand readOfNetwork(int code, CommandId id, Decoder from) {
        return switch (code) {
            case ISSUE_TOKEN ->
                new CouncilCommand.IssueToken(
                        id,
                        from.text(Fields.MAX_TOKEN_ID),
                        from.bytes(Fields.MAX_HASH),
                        from.text(Fields.MAX_ROLE),
                        from.bytes(Fields.MAX_CLAIMS),
                        from.i64(),
                        from.i64());
            case REDEEM_TOKEN ->
                new CouncilCommand.RedeemToken(
                        id,
                        from.text(Fields.MAX_TOKEN_ID),
                        from.bytes(Fields.MAX_HASH),
                        from.i64(),
                        from.text(Fields.MAX_NAME));
            case REVOKE -> new CouncilCommand.Revoke(id, from.text(Fields.MAX_SERIAL));
            case RAISE_FEATURE_LEVEL -> new CouncilCommand.RaiseFeatureLevel(id, from.i32());
            case SET_REPLICAS_WANTED -> new CouncilCommand.SetReplicasWanted(id, from.i32());
            case SET_AUTHORITY -> new CouncilCommand.SetAuthority(id, from.bytes(Fields.MAX_AUTHORITY));
            case CERTIFIED -> certified(id, from);
            case RENAME -> new CouncilCommand.Rename(id, from.text(Fields.MAX_NAME));
            default -> throw new MalformedException("no council command has the code " + code);
        };
    }

    private static CouncilCommand certified(CommandId id, Decoder from) {
        String serial = from.text(Fields.MAX_SERIAL);
        long now = from.i64();
        return new CouncilCommand.Certified(id, serial, CertificateRecord.read(from), now);
    }

    private static SortedMap<Long, SliceConfig> readConfigs(Decoder from) {
        SortedMap<Long, SliceConfig> configs = new TreeMap<>();
        from.list(SliceMap.MAX_SLICES, 8 + SliceConfigs.LEAST_BYTES, e -> Map.entry(e.i64(), SliceConfigs.read(e)))
                .forEach(entry -> configs.put(entry.getKey(), entry.getValue()));
        return configs;
    }

    private static SortedMap<Long, SortedSet<VulcanoId>> readPlaces(Decoder from) {
        SortedMap<Long, SortedSet<VulcanoId>> places = new TreeMap<>();
        from.list(SliceMap.MAX_SLICES, 8 + 4, e -> Map.entry(e.i64(), Fields.ids(e)))
                .forEach(entry -> places.put(entry.getKey(), entry.getValue()));
        return places;
    }

    private static SortedSet<String> readSerials(Decoder from) {
        return new TreeSet<>(from.list(Fields.MAX_REVOKED, 4, serial -> serial.text(Fields.MAX_SERIAL)));
    }
}
