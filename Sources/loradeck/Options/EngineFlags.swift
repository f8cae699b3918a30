import ArgumentParser
import Foundation
import Inference

/// How the embedded engine computes.
struct ComputeFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Budget of the page pool, KV cache and adapters together, such as 512M or 2G.", valueName: "bytes"))
    var memory: ByteCount?

    @Option(help: ArgumentHelp("Threads that compute. (default: one for each core)", valueName: "n"))
    var threads: Int?

    @Option(help: "fast: KV cache and adapters in half precision; f32: everything but the stored weights in f32.")
    var precision: PrecisionChoice = .fast

    func validate() throws {
        if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads must be 1 to 1024") }
    }

    var threadCount: Int { threads ?? ProcessInfo.processInfo.activeProcessorCount }

    /// The budget; without --memory an eighth of the machine's, 64 MiB at least and 4 GiB at most.
    var memoryBytes: Int {
        memory?.bytes ?? min(4 << 30, max(64 << 20, Int(clamping: ProcessInfo.processInfo.physicalMemory) / 8))
    }

    /// The demo's budget: less than its adapters need together, so that they make room for each other.
    var demoMemoryBytes: Int { memory?.bytes ?? (precision == .fast ? 16 << 20 : 32 << 20) }
}

/// Which adapters a deck may read.
struct AdapterFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The adapter root: each sub-folder is an adapter of that name, each .gguf file too.", valueName: "folder"))
    var adapters: String?

    @Flag(help: "Accept adapters whose declared base contradicts this one. Shapes must fit even so; it is audited.")
    var overrideBase = false

    /// The adapter root: the folder of --adapters, else that of the demo adapters when the model is the demo model.
    func root(isDemoModel: Bool) throws -> URL? {
        if let adapters { return URL(fileURLWithPath: adapters) }
        return isDemoModel ? try DemoAdapters.folder() : nil
    }
}

/// `Precision` as the command line names it.
enum PrecisionChoice: String, ExpressibleByArgument, CaseIterable {
    case fast, f32

    var precision: Precision { self == .fast ? .fast : .f32 }
}
