import Foundation

/// What the system says of a file that cannot be used, in words for a person.
public enum FileFault {
    /// Such as `no such file or directory`. Foundation's own text names its error domains and hides what the system said.
    public static func reason(_ error: any Error) -> String {
        var found: NSError? = error as NSError
        while let fault = found {
            if fault.domain == NSPOSIXErrorDomain { return reason(code: Int32(truncatingIfNeeded: fault.code)) }
            if let code = codes[fault.code], fault.domain == NSCocoaErrorDomain { return reason(code: code) }
            found = fault.userInfo[NSUnderlyingErrorKey] as? NSError
        }
        return "the system gives no reason"
    }

    /// What `errno` means.
    public static func reason(code: Int32) -> String {
        let text = String(cString: strerror(code))
        return text.prefix(1).lowercased() + text.dropFirst()
    }

    /// Where Foundation keeps no code of the system's.
    private static let codes: [Int: Int32] = [
        CocoaError.fileNoSuchFile.rawValue: ENOENT, CocoaError.fileReadNoSuchFile.rawValue: ENOENT,
        CocoaError.fileReadNoPermission.rawValue: EACCES, CocoaError.fileWriteNoPermission.rawValue: EACCES,
        CocoaError.fileWriteFileExists.rawValue: EEXIST, CocoaError.fileWriteOutOfSpace.rawValue: ENOSPC,
        CocoaError.fileWriteVolumeReadOnly.rawValue: EROFS,
    ]
}
