package magma.dht.front;

import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import magma.fs.Caller;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import magma.fs.OpenDirectory;
import magma.fs.OpenFile;
import magma.fs.OpenOption;

/** How a session comes to have a file or a directory open: at the flare's home, which need not be that of its name. */
final class FrontOpening {
    private final FrontSession session;

    FrontOpening(FrontSession session) {
        this.session = session;
    }

    /** @see FileSystem#create */
    FileSystem.Created create(
            Caller caller, Key directory, Name name, int mode, boolean exclusive, Set<OpenOption> options)
            throws FsException {
        FrontCalls calls = session.calls();
        HomeSession[] at = new HomeSession[1];
        Set<OpenOption> uncut = EnumSet.noneOf(OpenOption.class);
        uncut.addAll(options);
        uncut.remove(OpenOption.TRUNCATE);
        FileSystem.Created created = calls.change(directory, (home, numbered) -> {
            at[0] = home;
            return numbered.create(caller, directory, name, mode, exclusive, uncut);
        });
        Key flare = created.attributes().key();
        boolean isHere = calls.home(flare) == null || Objects.equals(calls.home(flare), calls.home(directory));
        if (!created.isNew() && !(isHere && uncut.size() == options.size())) {
            return reopened(caller, created, options);
        }
        FrontFile file;
        if (isHere) {
            file = session.opens().add(FrontFile.of(session, flare, options, at[0], created.file()));
        } else {
            // It was born in another slice of the directory's window.
            file = session.opens().add(FrontFile.of(session, flare, options, null, null));
            boolean unused = file.moved();
            created.file().close();
        }
        boolean caughtUp = !created.isNew() && session.opens().catchUp(flare);
        return new FileSystem.Created(
                caughtUp ? session.atHome(created.attributes()) : created.attributes(), file, created.isNew());
    }

    /** The file was there before: it is opened, and cut, at its own home, and as everybody's. */
    private FileSystem.Created reopened(Caller caller, FileSystem.Created found, Set<OpenOption> options)
            throws FsException {
        FrontFile.closeAt(found.file());
        Key flare = found.attributes().key();
        OpenFile file = session.open(caller, flare, options);
        return new FileSystem.Created(session.atHome(found.attributes()), file, false);
    }

    /** @see FileSystem#open */
    OpenFile open(Caller caller, Key file, Set<OpenOption> options) throws FsException {
        boolean unused = session.opens().catchUp(file);
        if (options.contains(OpenOption.TRUNCATE)) {
            session.opens().demandLocked(file);
        }
        FrontContent content = session.opens().content();
        while (true) {
            Unflushed.Moment before = content.now(file);
            FrontFile opened = session.calls()
                    .at(
                            file,
                            home -> FrontFile.of(
                                    session, file, options, home, home.plain().open(caller, file, options)));
            if (!options.contains(OpenOption.TRUNCATE)) {
                return session.opens().add(opened);
            }
            // What was cut off may have come back at the next home.
            if (content.forget(file, before)) {
                session.calls().othersHear();
                return session.opens().add(opened);
            }
            opened.close();
        }
    }

    /** @see FileSystem#openDirectory */
    OpenDirectory openDirectory(Caller caller, Key directory) throws FsException {
        FrontDirectory opened = session.calls()
                .at(
                        directory,
                        home -> new FrontDirectory(
                                session, directory, home, home.plain().openDirectory(caller, directory)));
        return session.opens().add(opened);
    }
}
